//! Tries the sources of a configuration, one after another.

use super::{args::Sources, broker, waits::Waits};
use crate::{
    ckafka,
    report::{Outcome, Report},
};
use anyhow::bail;
use std::time::Duration;
use thingrelay_core::config::{EdgeSource, Ingress, name::shown};

/// Tries the named source, or every source that can be tried.
///
/// # Errors
/// The configuration has problems, or does not have the named source.
pub(super) async fn check(args: &Sources) -> anyhow::Result<Report> {
    let config = args.config.config()?;
    let waits = Waits {
        connect: Duration::from_secs_f64(args.timeout),
        message: Duration::from_secs_f64(args.wait),
    };
    let mut meant: Vec<&EdgeSource> = config.sources.values().collect();
    if let Some(name) = &args.source {
        meant.retain(|source| source.name.as_str() == name);
        if meant.is_empty() {
            bail!("the configuration has no source {}", shown(name));
        }
    }
    let mut report = Report::default();
    for source in meant {
        if let Err(why) = try_source(source, waits, &mut report).await {
            report.add(source.name.as_str(), Outcome::Untried(why.to_owned()));
        }
    }
    Ok(report)
}

/// # Errors
/// The source cannot be tried; the error says why.
async fn try_source(
    source: &EdgeSource,
    waits: Waits,
    report: &mut Report,
) -> Result<(), &'static str> {
    match &source.ingress {
        Ingress::Tuya(tuya) => broker::check(&source.name, tuya, waits, report).await,
        Ingress::Ckafka(settings) => {
            let pull = settings.pull.as_ref();
            let pull =
                pull.ok_or("Lambda's event source delivers its records, and has the login")?;
            for (tried, outcome) in
                ckafka::check(source, settings, pull, waits.connect, waits.message).await
            {
                report.add(tried, outcome);
            }
        }
        Ingress::Http(_) => {
            return Err(
                "the platform pushes to it: check its URL, for example with `thingrelay check url URL --token TOKEN`",
            );
        }
    }
    Ok(())
}
