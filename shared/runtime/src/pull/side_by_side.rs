//! Several brokers pulled at a time, each on a connection of its own.

use super::{draining::pull, limits::Limits, subscription::Broker, summary::PullSummary};
use crate::ordered::Sender;
use futures::{FutureExt, future::join_all};
use std::time::Duration;
use thingrelay_core::source::SourceName;

/// One of the brokers that are pulled side by side.
#[derive(Debug)]
pub struct Pull<B> {
    /// Where messages come from.
    pub broker: B,
    /// After how long without a message, while connected, it counts as silent.
    pub silent_after: Option<Duration>,
}

/// What was pulled of one pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullResult {
    /// The source.
    pub source: SourceName,
    /// What of it: [`Broker::topic`].
    pub topic: String,
    /// What came of it.
    pub summary: PullSummary,
}

/// Pulls every pull until `until` is done. What goes wrong with one of them leaves the others alone.
///
/// From `earlier`, the result of a call before, it is known for how long a pull has been silent by
/// now. The result is one for each pull, in their order; empty, and at once, where there is none.
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
