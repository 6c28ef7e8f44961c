//! `thingrelay check`: does what the platform does when forwarding is switched on, and for a source
//! that is pulled what a pull does.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`probe`]: the requests that are tried, one after another.
//! * [`broker`]: a Tuya source, tried.
//! * `ckafka`: a source that is pulled from CKafka, tried; where the command is built for it.
//! * [`reachability`]: names, connections, certificates in words.
//! * [`clock`]: the endpoint's clock and this machine's, compared.
//! * [`status`]: a status other than the one expected, in words.
//! * [`echo`]: an answer to the URL check that is not the Echostr, in words.
//! * [`report`]: findings, and how they are printed.

pub mod args;
pub mod broker;
#[cfg(feature = "ckafka")]
pub mod ckafka;
pub mod clock;
pub mod echo;
pub mod probe;
pub mod reachability;
pub mod report;
pub mod status;

pub use args::Args;

use crate::config::given;
use anyhow::{Context, bail};
use broker::Waits;
use probe::{Probes, Pushes};
use report::{Outcome, Report};
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};
use thingrelay_core::config::{Ckafka, EdgeSource, Ingress, name::shown};

/// Tries the endpoint or the sources and prints what was found. Succeeds only when every source was
/// tried and there is no problem.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let report = match args.url {
        Some(_) => endpoint(args).await?,
        None => sources(&args).await?,
    };
    write!(io::stdout().lock(), "{report}")?;
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn endpoint(args: Args) -> anyhow::Result<Report> {
    let url = args.url.context("no URL is given")?;
    let token = args.token.filter(|token| !token.expose().is_empty());
    let token = token.context("the token is empty: give it with --token or in THINGRELAY_TOKEN")?;
    let pushes = if args.post {
        Pushes::Real
    } else {
        Pushes::None
    };
    let limit = Duration::from_secs_f64(args.timeout);
    Ok(Probes::new(url, token, limit, pushes).run().await)
}

/// Tries the source that is named, or every one that is pulled.
async fn sources(args: &Args) -> anyhow::Result<Report> {
    let config = given::read_with_pulled(&args.config)?;
    let waits = Waits {
        connect: Duration::from_secs_f64(args.timeout),
        message: Duration::from_secs_f64(args.wait),
    };
    let is_meant = |name: &str| args.source.as_ref().is_none_or(|meant| meant == name);
    let mut report = Report::default();
    let mut meant = config
        .sources
        .values()
        .filter(|source| is_meant(source.name.as_str()))
        .peekable();
    if let (None, Some(name)) = (meant.peek(), &args.source) {
        bail!("the configuration has no source {}", shown(name));
    }
    for source in meant {
        match &source.ingress {
            Ingress::Tuya(tuya) => {
                broker::check(&source.name, tuya, waits, &mut report).await;
            }
            Ingress::Ckafka(ckafka) => {
                check_ckafka(source, ckafka, waits, &mut report).await;
            }
            Ingress::Http(_) if args.source.is_some() => bail!(
                "the source {} is pushed to: check its URL, as in `thingrelay check URL --token T`",
                source.name
            ),
            Ingress::Http(_) => {
                let why = "it is pushed to: check its URL, as in `thingrelay check URL --token T`";
                report.add(source.name.as_str(), Outcome::Untried(why.to_owned()));
            }
        }
    }
    Ok(report)
}

#[cfg(feature = "ckafka")]
async fn check_ckafka(source: &EdgeSource, ckafka: &Ckafka, waits: Waits, report: &mut Report) {
    for (tried, outcome) in ckafka::check(source, ckafka, waits).await {
        report.add(tried, outcome);
    }
}

#[cfg(not(feature = "ckafka"))]
async fn check_ckafka(source: &EdgeSource, ckafka: &Ckafka, _: Waits, report: &mut Report) {
    let why = match ckafka.pull {
        Some(_) => format!(
            "it is pulled from CKafka, {}",
            crate::ckafka::WITHOUT_CLIENT
        ),
        None => crate::ckafka::OF_LAMBDA.to_owned(),
    };
    report.add(source.name.as_str(), Outcome::Untried(why));
}
