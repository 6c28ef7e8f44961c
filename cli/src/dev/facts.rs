//! The facts about a run that its page shows.

use super::relay::Relay;
use crate::page::{Figures, Run, Source, Target, playing};
use std::{collections::BTreeMap, path::Path};
use thingrelay::telemetry::Counters;
use thingrelay_core::secret::Secret;

/// The facts about this run.
///
/// # Errors
/// The staging queue cannot be used.
pub(crate) async fn of(
    relay: &Relay,
    mut tokens: BTreeMap<String, Secret>,
    data: Option<&Path>,
    public_url: Option<String>,
    counters: Counters,
) -> anyhow::Result<Run> {
    let sources = relay.sources().values().map(|source| {
        let (kinds, signing) = playing::choices(source);
        Source {
            name: source.name.to_string(),
            platform: source.platform.as_str(),
            channel: source.ingress.channel().as_str(),
            token: tokens.remove(source.name.as_str()),
            kinds,
            signing,
        }
    });
    let targets = relay.targets().iter().map(|target| Target {
        name: target.name.clone(),
        noun: target.kind.noun(),
        address: target.kind.address().to_owned(),
    });
    let (balance, monitor) = (relay.balance(), relay.monitor());
    let (edge, consumer) = relay.config();
    Ok(Run {
        edge,
        consumer,
        staging: relay.staging().await?,
        endpoint: relay.push_url(),
        public_url,
        sqs: relay.sqs_endpoint(),
        data: data.map(Path::to_owned),
        sources: sources.collect(),
        targets: targets.collect(),
        figures: Box::new(move || {
            let names = monitor.queue_names().into_iter();
            let queues = names.filter_map(|name| {
                let depth = monitor.depth(&name)?;
                Some((name, depth.visible + depth.in_flight + depth.delayed))
            });
            Figures {
                queues: queues.collect(),
                balance: balance.lines(&counters.counted()),
            }
        }),
    })
}
