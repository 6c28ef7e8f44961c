//! `thingrelay check`: makes the checks that the platform makes when forwarding is switched on, and for
//! a source that is pulled those that a pull makes.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`probe`]: the requests that are sent, one after another.
//! * [`sources`]: the sources of a configuration, tried one after another.
//! * [`broker`]: a Tuya source, tried.
//! * [`reachability`]: explains names, connections and certificates.
//! * [`clock`]: the endpoint's clock and this machine's, compared.
//! * [`status`]: explains a status other than the one expected.
//! * [`echo`]: explains an answer to the URL check that is not the Echostr.
//! * [`report`]: findings, and how they are printed.

mod args;
mod broker;
mod clock;
mod echo;
mod probe;
mod reachability;
pub(crate) mod report;
mod sources;
pub(crate) mod status;

pub(crate) use args::Args;
pub(crate) use sources::Waits;

use crate::arguments::not_empty;
use anyhow::Context;
use args::{Thing, Url};
use probe::{Probes, Pushes};
use report::Report;
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

/// Tries the endpoint or the sources and prints what was found.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let report = match args.thing {
        Thing::Url(args) => endpoint(args).await?,
        Thing::Sources(args) => sources::check(&args).await?,
    };
    write!(io::stdout().lock(), "{report}")?;
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn endpoint(args: Url) -> anyhow::Result<Report> {
    let token = not_empty(Some(&args.token))
        .context("the token is empty: give it with --token or in THINGRELAY_TOKEN")?;
    let pushes = if args.post {
        Pushes::Real
    } else {
        Pushes::None
    };
    let limit = Duration::from_secs_f64(args.timeout);
    let probes = Probes::new(args.url, token.clone(), limit, pushes);
    Ok(probes.run().await)
}
