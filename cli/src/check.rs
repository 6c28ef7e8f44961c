//! `thingrelay check`: does what the platform does when forwarding is switched on.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`probe`]: the requests that are tried, one after another.
//! * [`reachability`]: names, connections, certificates in words.
//! * [`clock`]: the endpoint's clock and this machine's, compared.
//! * [`status`]: a status other than the one expected, in words.
//! * [`echo`]: an answer to the URL check that is not the Echostr, in words.
//! * [`report`]: findings, and how they are printed.

pub mod args;
pub mod clock;
pub mod echo;
pub mod probe;
pub mod reachability;
pub mod report;
pub mod status;

pub use args::Args;

use probe::Probes;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Tries the endpoint and prints what was found. Succeeds only when there is no problem.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        !args.token.expose().is_empty(),
        "the token is empty: give it with --token or in THINGRELAY_TOKEN"
    );
    let report = Probes::new(args).run().await;
    write!(io::stdout().lock(), "{report}")?;
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
