//! Pulls all Tuya sources of a configuration side by side.

use crate::TuyaBroker;
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    ordered,
    pull::{Pull, PullSummary, side_by_side},
};
use thingrelay_core::{
    config::{EdgeConfig, Ingress},
    tuya::Topic,
};

/// The default time after which a source counts as silent. A message rule that was not switched on
/// looks the same, and is the most frequent mistake.
const SILENT_AFTER_MINUTES: u32 = 60;

/// The pulls of every Tuya source: the topic of its environment, and, if wanted, the notices of the
/// service on a connection of their own.
pub fn pulls(config: &EdgeConfig, clock: &Clock) -> Vec<Pull<TuyaBroker>> {
    let pulls = config.sources.values().flat_map(|source| {
        let Ingress::Tuya(tuya) = &source.ingress else {
            return Vec::new();
        };
        let minutes = source.silent_after_minutes.unwrap_or(SILENT_AFTER_MINUTES);
        let silent_after = Some(Duration::from_secs(u64::from(minutes) * 60));
        let mut topics = vec![(tuya.environment.topic(), silent_after)];
        if tuya.notices {
            // A topic without a notice is as it should be.
            topics.push((Topic::Notice, None));
        }
        let pull = |(topic, silent_after)| Pull {
            broker: TuyaBroker::new(&source.name, tuya, topic, clock.clone()),
            silent_after,
        };
        topics.into_iter().map(pull).collect()
    });
    pulls.collect()
}

/// Pulls every Tuya source until `until` is done. A failure of one source does not affect the
/// others.
///
/// Returns one result for each pull; empty, and at once, if there is no such source.
pub async fn run<S: ordered::Sender + Sync>(
    config: &EdgeConfig,
    staging: &S,
    clock: Clock,
    until: impl Future<Output = ()> + Send,
) -> Vec<PullSummary> {
    let pulled = side_by_side(&pulls(config, &clock), staging, &[], until).await;
    pulled.into_iter().map(|pulled| pulled.summary).collect()
}
