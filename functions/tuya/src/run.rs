//! All Tuya sources of a configuration pulled side by side.

use crate::TuyaBroker;
use futures::{FutureExt, future::join_all};
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    config::{Config, Ingress},
    ordered,
    pull::{Drained, Limits, pull},
    source::SourceName,
    tuya::Topic,
};

/// After how long a source that says nothing of it counts as silent: a message rule that was not
/// switched on looks no different, and is what goes wrong most often.
const SILENT_AFTER_MINUTES: u32 = 60;

/// What was pulled from one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The source.
    pub source: SourceName,
    /// The topic.
    pub topic: Topic,
    /// What came of it.
    pub drained: Drained,
}

/// Pulls every Tuya source until `until` is done, each on a connection of its own: the topic of
/// its environment, and another for the notices of the service where they are wanted. What goes
/// wrong with one of them leaves the others alone.
///
/// The result is one for each topic; empty, and at once, where there is no such source.
pub async fn run<S: ordered::Sender + Sync>(
    config: &Config,
    staging: &S,
    clock: Clock,
    until: impl Future<Output = ()> + Send,
) -> Vec<Drained> {
    let pulled = go_on(config, staging, clock, &[], until).await;
    pulled.into_iter().map(|pulled| pulled.drained).collect()
}

/// As [`run`], and knows from an earlier one for how long a source has been silent by now.
pub async fn go_on<S: ordered::Sender + Sync>(
    config: &Config,
    staging: &S,
    clock: Clock,
    earlier: &[Pulled],
    until: impl Future<Output = ()> + Send,
) -> Vec<Pulled> {
    let until = until.shared();
    let pulls = config.sources.values().flat_map(|source| {
        let Ingress::Tuya(Some(tuya)) = &source.ingress else {
            return Vec::new();
        };
        let minutes = source.silent_after_minutes.unwrap_or(SILENT_AFTER_MINUTES);
        let silent_after = Some(Duration::from_secs(u64::from(minutes) * 60));
        let mut topics = vec![(tuya.environment.topic(), silent_after)];
        if tuya.notices {
            // No notice is good news.
            topics.push((Topic::Notice, None));
        }
        let pull_topic = |(topic, silent_after)| {
            let broker = TuyaBroker::new(&source.name, tuya, topic, clock.clone());
            let same = |one: &&Pulled| one.source == source.name && one.topic == topic;
            let limits = Limits {
                silent_after,
                quiet: earlier
                    .iter()
                    .find(same)
                    .map_or(Duration::ZERO, |one| one.drained.quiet),
                ..Limits::default()
            };
            let until = until.clone();
            async move {
                Pulled {
                    source: source.name.clone(),
                    topic,
                    drained: pull(&broker, staging, &limits, until).await,
                }
            }
        };
        topics.into_iter().map(pull_topic).collect()
    });
    join_all(pulls).await
}
