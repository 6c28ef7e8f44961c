//! All pulled CKafka sources of a configuration side by side.

use crate::{CkafkaBroker, Member};
use futures::{FutureExt, future::join_all};
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    config::{Config, Ingress},
    ordered,
    pull::{Drained, Limits, pull},
    source::SourceName,
};

/// What was pulled of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The source.
    pub source: SourceName,
    /// What came of it.
    pub drained: Drained,
}

/// Pulls every CKafka source that has a group until `until` is done, each as a member of its own.
/// What goes wrong with one of them leaves the others alone.
///
/// The result is one for each source; empty, and at once, where there is none.
pub async fn run<S: ordered::Sender + Sync>(
    config: &Config,
    staging: &S,
    clock: Clock,
    member: &Member,
    until: impl Future<Output = ()> + Send,
) -> Vec<Drained> {
    let pulled = go_on(config, staging, clock, member, &[], until).await;
    pulled.into_iter().map(|pulled| pulled.drained).collect()
}

/// As [`run`], and knows from an earlier one for how long a source has been silent by now.
pub async fn go_on<S: ordered::Sender + Sync>(
    config: &Config,
    staging: &S,
    clock: Clock,
    member: &Member,
    earlier: &[Pulled],
    until: impl Future<Output = ()> + Send,
) -> Vec<Pulled> {
    let until = until.shared();
    let pulls = config.sources.values().filter_map(|source| {
        let Ingress::Ckafka(Some(ckafka)) = &source.ingress else {
            return None;
        };
        let broker = CkafkaBroker::new(source, ckafka, member, clock.clone())?;
        let minutes = source.silent_after_minutes.map(u64::from);
        let before = earlier.iter().find(|one| one.source == source.name);
        let limits = Limits {
            silent_after: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
            quiet: before.map_or(Duration::ZERO, |one| one.drained.quiet),
            ..Limits::default()
        };
        let until = until.clone();
        Some(async move {
            Pulled {
                source: source.name.clone(),
                drained: pull(&broker, staging, &limits, until).await,
            }
        })
    });
    join_all(pulls).await
}
