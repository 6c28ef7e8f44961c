//! Pulls from the brokers during the invocations of a function.

use super::{
    side_by_side::{Pull, PullResult, side_by_side},
    subscription::Broker,
};
use crate::{ordered::Sender, queue::Queue, settings::CurrentConfig};
use serde::Serialize;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use thingrelay_core::config::{EdgeConfig, EdgeSource};
use tokio::time::{MissedTickBehavior, interval_at, sleep_until};

/// The part of an invocation's time that is reserved for calls under way to end, for staged
/// messages to be acknowledged, and for connections to close.
const MARGIN: Duration = Duration::from_secs(5);
/// How long to pull if an invocation has no deadline, as in an emulator.
const WITHOUT_DEADLINE: Duration = Duration::from_secs(25);
/// How often `look` is called during an invocation.
const LOOK: Duration = Duration::from_secs(60);

/// Pulls from the brokers of the configuration in use, for as long as each invocation lasts.
#[derive(Debug)]
pub struct Puller<P, S = Queue> {
    config: Arc<CurrentConfig<EdgeSource>>,
    staging: S,
    pulls: P,
    /// The results of the last invocation.
    earlier: Mutex<Vec<PullResult>>,
}

/// The result of an invocation. The scheduler drops it; a person who invokes the function by hand
/// sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct InvocationSummary {
    /// The number of pulls side by side: one or two topics of a Tuya source, or a CKafka source.
    pub pulls: usize,
    /// Connections that were made.
    pub connections: u64,
    /// Messages that the brokers delivered.
    pub received: u64,
    /// Received messages that the staging queue accepted.
    pub staged: u64,
    /// Staged messages that were acknowledged.
    pub acknowledged: u64,
}

impl<B, P, S> Puller<P, S>
where
    B: Broker,
    P: Fn(&EdgeConfig) -> Vec<Pull<B>>,
    S: Sender + Sync,
{
    /// Takes the configuration in use, the staging queue, and the function that gives the pulls of
    /// a configuration.
    pub fn new(config: Arc<CurrentConfig<EdgeSource>>, staging: S, pulls: P) -> Self {
        Puller {
            config,
            staging,
            pulls,
            earlier: Mutex::default(),
        }
    }

    /// Pulls until 5 s before the deadline. `look` is called every minute until then.
    pub async fn handle(&self, deadline: Option<Instant>, look: impl Fn()) -> InvocationSummary {
        let began = Instant::now();
        let end = deadline.map_or(began + WITHOUT_DEADLINE, |deadline| {
            deadline.checked_sub(MARGIN).unwrap_or(began)
        });
        let pulls = (self.pulls)(&self.config.current());
        let earlier = std::mem::take(&mut *self.earlier());
        let pulls = side_by_side(&pulls, &self.staging, &earlier, sleep_until(end.into()));
        let pulled = tokio::select! {
            pulled = pulls => pulled,
            () = every_minute(look) => Vec::new(),
        };
        let window = InvocationSummary::of(&pulled);
        *self.earlier() = pulled;
        window
    }
}

impl<P, S> Puller<P, S> {
    fn earlier(&self) -> MutexGuard<'_, Vec<PullResult>> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InvocationSummary {
    fn of(pulled: &[PullResult]) -> InvocationSummary {
        let begin = InvocationSummary {
            pulls: pulled.len(),
            ..InvocationSummary::default()
        };
        pulled.iter().fold(begin, |sum, pulled| InvocationSummary {
            pulls: sum.pulls,
            connections: sum.connections + pulled.summary.connections,
            received: sum.received + pulled.summary.received,
            staged: sum.staged + pulled.summary.staged,
            acknowledged: sum.acknowledged + pulled.summary.acknowledged,
        })
    }
}

/// Never returns.
async fn every_minute(look: impl Fn()) {
    let mut minutes = interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        look();
    }
}
