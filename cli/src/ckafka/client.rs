//! The functions of the commands that use the client.

mod check;

pub(crate) use check::check;
pub(crate) use thingrelay_kafka::produce::{ProduceError, Producer};

use thingrelay::{clock::Clock, ordered::Sender, pull::PullSummary};
use thingrelay_core::config::EdgeConfig;
use thingrelay_kafka::MemberName;

/// How to build the command with the client, if it is built without.
pub(super) const MISSING: Option<&str> = None;

/// Pulls every CKafka source that has a group until `until` is done, as the named member.
pub(crate) async fn pull<S: Sender + Sync>(
    config: &EdgeConfig,
    staging: &S,
    clock: Clock,
    member: &str,
    until: impl Future<Output = ()> + Send,
) -> Vec<PullSummary> {
    thingrelay_kafka::run(config, staging, clock, &MemberName::named(member), until).await
}
