//! Pulls all CKafka sources of a configuration side by side.

use crate::{CkafkaBroker, MemberName};
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    ordered,
    pull::{Pull, PullSummary, side_by_side},
};
use thingrelay_core::config::{EdgeConfig, Ingress};

/// The pulls of all CKafka sources that have a group, each as its own member.
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

/// Pulls every CKafka source that has a group until `until` is done. A failure of one source does
/// not affect the others.
///
/// Returns one result for each source; empty, and at once, if there is no source.
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
