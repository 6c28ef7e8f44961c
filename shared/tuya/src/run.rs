//! All Tuya sources of a configuration pulled side by side.

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

/// After how long a source that says nothing of it counts as silent: a message rule that was not
/// switched on looks no different, and is what goes wrong most often.
const SILENT_AFTER_MINUTES: u32 = 60;

/// What is pulled of every Tuya source: the topic of its environment, and the notices of the
/// service where they are wanted, on a connection of their own.
pub fn pulls(config: &EdgeConfig, clock: &Clock) -> Vec<Pull<TuyaBroker>> {
    let pulls = config.sources.values().flat_map(|source| {
        let Ingress::Tuya(tuya) = &source.ingress else {
            return Vec::new();
        };
        let minutes = source.silent_after_minutes.unwrap_or(SILENT_AFTER_MINUTES);
        let silent_after = Some(Duration::from_secs(u64::from(minutes) * 60));
        let mut topics = vec![(tuya.environment.topic(), silent_after)];
        if tuya.notices {
            // No notice is good news.
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

/// Pulls every Tuya source until `until` is done. What goes wrong with one of them leaves the
/// others alone.
///
/// The result is one for each pull; empty, and at once, where there is no such source.
pub async fn run<S: ordered::Sender + Sync>(
    config: &EdgeConfig,
    staging: &S,
    clock: Clock,
    until: impl Future<Output = ()> + Send,
) -> Vec<PullSummary> {
    let pulled = side_by_side(&pulls(config, &clock), staging, &[], until).await;
    pulled.into_iter().map(|pulled| pulled.summary).collect()
}
