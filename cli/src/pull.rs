//! `thingrelay pull`: pulls from message services into a staging queue, until a signal.
//!
//! The command runs the code of the function `tuya` or `ckafka-pull` without Lambda, in one pull
//! window that has no end.
//!
//! # Layout
//!
//! * [`args`]: the arguments.

pub(crate) mod args;

pub(crate) use args::Args;

use crate::{
    ckafka,
    output::{colour::Colour, counters, log::Log},
    signals::Signals,
};
use anyhow::ensure;
use args::From;
use std::{io, pin::pin, process::ExitCode};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    pull::PullSummary,
    queue::{Queue, SendTimeout},
    telemetry::Counters,
};
use thingrelay_core::{
    config::{EdgeConfig, Ingress},
    source::Platform,
};
use tokio_util::sync::CancellationToken;

/// Pulls until a signal.
///
/// # Errors
/// The pull cannot start; the error says why.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (config, staging_queue, member) = match args.from {
        From::Tuya(args) => {
            let config = args.config.config()?;
            let mut sources = config.sources.values();
            ensure!(
                sources.any(|source| source.platform == Platform::Tuya),
                "the configuration has no source with platform = \"tuya\""
            );
            (config, args.staging_queue, None)
        }
        From::Ckafka(args) => {
            let config = args.config.config()?;
            ensure!(
                ckafka::pulled(&config).next().is_some(),
                "the configuration has no source with channel = \"ckafka\" and a group"
            );
            ckafka::require_client(&config)?;
            (config, args.staging_queue, Some(args.member))
        }
    };
    let log = Log::start(Colour::of(&io::stderr()))?;
    let mut signals = Signals::take(None)?;
    let counters = Counters::install();
    log.tell(&match member {
        None => what_is_pulled(&config),
        Some(_) => what_the_group_pulls(&config),
    });
    log.tell(&format!("staging queue {}\n", staging_queue.as_str()));
    let staging = Queue::open(&Aws::anywhere(), staging_queue, SendTimeout::Background).await;

    let stop = CancellationToken::new();
    let until = stop.clone().cancelled_owned();
    let mut pulling = pin!(async {
        match &member {
            None => thingrelay_tuya::run(&config, &staging, Clock::system(), until).await,
            Some(member) => ckafka::pull(&config, &staging, Clock::system(), member, until).await,
        }
    });
    let ended = tokio::select! {
        summary = pulling.as_mut() => Some(summary),
        _ = signals.next() => {
            stop.cancel();
            tokio::select! {
                summary = pulling.as_mut() => Some(summary),
                _ = signals.next() => None,
            }
        }
    };
    if let Some(summary) = &ended {
        log.tell(&sum(summary));
    }
    log.tell(&counters::lines(&counters.counted()));
    log.finish().await;
    Ok(match ended {
        Some(_) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}

/// One line for each topic.
fn what_is_pulled(config: &EdgeConfig) -> String {
    let mut lines = String::new();
    for source in config.sources.values() {
        let Ingress::Tuya(tuya) = &source.ingress else {
            continue;
        };
        for topic in tuya.topics() {
            lines += &format!(
                "pulling source {} from {}, {}\n",
                source.name,
                tuya.endpoint.origin(),
                topic.of(&tuya.access.id)
            );
        }
    }
    lines
}

/// One line for each source.
fn what_the_group_pulls(config: &EdgeConfig) -> String {
    let mut lines = String::new();
    for source in ckafka::pulled(config) {
        if let Ingress::Ckafka(ckafka) = &source.ingress
            && let Some(pull) = &ckafka.pull
        {
            lines += &format!(
                "pulling source {} from {}, topics {}, group {}\n",
                source.name,
                ckafka.brokers.join(","),
                ckafka.topics.join(", "),
                pull.group
            );
        }
    }
    lines
}

/// The totals of all pulls, on one line.
fn sum(summary: &[PullSummary]) -> String {
    let total = |count: fn(&PullSummary) -> u64| summary.iter().map(count).sum::<u64>();
    format!(
        "pulled {}, staged {}, acknowledged {}, given back {}, connections {}\n",
        total(|one| one.received),
        total(|one| one.staged),
        total(|one| one.acknowledged),
        total(|one| one.given_back),
        total(|one| one.connections),
    )
}
