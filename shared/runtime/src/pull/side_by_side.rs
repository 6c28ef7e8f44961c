//! Pulls from several brokers at a time, each on a connection of its own.

use super::{draining::pull, limits::Limits, subscription::Broker, summary::PullSummary};
use crate::ordered::Sender;
use futures::{FutureExt, future::join_all};
use std::time::Duration;
use thingrelay_core::source::SourceName;

/// One of the brokers that are pulled side by side.
#[derive(Debug)]
pub struct Pull<B> {
    /// The broker from which messages come.
    pub broker: B,
    /// The time without a message, while connected, after which the pull counts as silent.
    pub silent_after: Option<Duration>,
}

/// The result of one pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullResult {
    pub source: SourceName,
    /// [`Broker::topic`].
    pub topic: String,
    pub summary: PullSummary,
}

/// Runs every pull until `until` is done. A failure of one pull does not affect the others.
///
/// `earlier` is the result of an earlier call. It tells how long a pull has already been silent.
/// Returns one result for each pull, in their order; empty, and at once, if there is no pull.
pub async fn side_by_side<B: Broker, S: Sender + Sync>(
    pulls: &[Pull<B>],
    staging: &S,
    earlier: &[PullResult],
    until: impl Future<Output = ()> + Send,
) -> Vec<PullResult> {
    let until = until.shared();
    let pulls = pulls.iter().map(
        |Pull {
             broker,
             silent_after,
         }| {
            let (source, topic) = (broker.source(), broker.topic());
            let same = |one: &&PullResult| one.source == *source && one.topic == topic;
            let limits = Limits {
                silent_after: *silent_after,
                silent_for: earlier
                    .iter()
                    .find(same)
                    .map_or(Duration::ZERO, |one| one.summary.silent_for),
                ..Limits::default()
            };
            let until = until.clone();
            async move {
                PullResult {
                    source: source.clone(),
                    topic: topic.to_owned(),
                    summary: pull(broker, staging, &limits, until).await,
                }
            }
        },
    );
    join_all(pulls).await
}
