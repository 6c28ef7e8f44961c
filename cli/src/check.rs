//! `thingrelay check`: makes the checks that the platform makes when forwarding is switched on. For
//! a source that is pulled, it makes the checks that a pull makes. To a target it sends a test event.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`probe`]: the requests, which are sent one after another.
//! * [`sources`]: tries the sources of a configuration one after another.
//! * [`broker`]: tries a Tuya source.
//! * [`reachability`]: explains names, connections and certificates.
//! * [`clock`]: compares the endpoint's clock with this machine's.
//! * [`status`]: explains an unexpected status.
//! * [`echo`]: explains an answer to the URL check that is not the Echostr.
//! * [`target`]: sends a test event to a target.
//! * [`webhook`]: sends it to a webhook.
//! * [`waits`]: how long an attempt waits.

mod args;
mod broker;
mod clock;
mod echo;
mod probe;
mod reachability;
mod sources;
mod status;
mod target;
mod waits;
mod webhook;

pub(crate) use args::Args;

use crate::report::Report;
use args::{Thing, Url};
use probe::{Probes, Pushes};
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

/// Tries the endpoint, the sources or the target, and prints the findings.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let report = match args.thing {
        Thing::Url(args) => endpoint(args).await?,
        Thing::Sources(args) => sources::check(&args).await?,
        Thing::Target(args) => target::check(&args).await?,
    };
    write!(io::stdout().lock(), "{report}")?;
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn endpoint(args: Url) -> anyhow::Result<Report> {
    let token = args.token.get()?;
    let pushes = if args.post {
        Pushes::Real
    } else {
        Pushes::None
    };
    let limit = Duration::from_secs_f64(args.timeout);
    let probes = Probes::new(args.url, token.clone(), limit, pushes);
    Ok(probes.run().await)
}
