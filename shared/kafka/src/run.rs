//! All pulled CKafka sources of a configuration side by side.

use crate::{CkafkaBroker, MemberName};
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    ordered,
    pull::{Pull, PullSummary, side_by_side},
};
use thingrelay_core::config::{EdgeConfig, Ingress};

/// What is pulled of every CKafka source that has a group, each as a member of its own.
pub fn pulls(config: &EdgeConfig, clock: &Clock, member: &MemberName) -> Vec<Pull<CkafkaBroker>> {
    let pulls = config.sources.values().filter_map(|source| {
        let Ingress::Ckafka(ckafka) = &source.ingress else {
            return None;
        };
        let minutes = source.silent_after_minutes.map(u64::from);
        Some(Pull {
            broker: CkafkaBroker::new(source, ckafka, member, clock.clone())?,
            silent_after: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
        })
    });
    pulls.collect()
}

/// Pulls every CKafka source that has a group until `until` is done. What goes wrong with one of
/// them leaves the others alone.
///
/// The result is one for each source; empty, and at once, where there is none.
pub async fn run<S: ordered::Sender + Sync>(
    config: &EdgeConfig,
    staging: &S,
    clock: Clock,
    member: &MemberName,
    until: impl Future<Output = ()> + Send,
) -> Vec<PullSummary> {
    let pulled = side_by_side(&pulls(config, &clock, member), staging, &[], until).await;
    pulled.into_iter().map(|pulled| pulled.summary).collect()
}
