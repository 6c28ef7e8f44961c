//! All sources pulled for one invocation.

use crate::{
    Member,
    run::{Pulled, go_on},
};
use serde::Serialize;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use thingrelay::{clock::Clock, config::Live, ordered, queue::Queue};
use tokio::time::{MissedTickBehavior, interval_at, sleep_until};

/// Kept back from the time that an invocation has: for calls under way to end, for what they
/// staged to be committed, and for groups to be left.
const MARGIN: Duration = Duration::from_secs(5);
/// How long is pulled where an invocation has no deadline, as in an emulator.
const WITHOUT_DEADLINE: Duration = Duration::from_secs(25);
/// How often somebody may look while a window lasts.
const LOOK: Duration = Duration::from_secs(60);

/// Pulls all CKafka sources of the configuration in use.
#[derive(Debug)]
pub struct Pull<S = Queue> {
    config: Arc<Live>,
    staging: S,
    clock: Clock,
    member: Member,
    /// What the last window knew.
    earlier: Mutex<Vec<Pulled>>,
}

/// What came of an invocation. Nobody reads it in the cloud; whoever invokes the function by hand
/// sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Sources that were pulled.
    pub sources: usize,
    /// Times that a group was joined.
    pub connections: u64,
    /// Records that the brokers handed out.
    pub received: u64,
    /// Of those, the ones that the staging queue accepted.
    pub staged: u64,
    /// Of those, the ones that were acknowledged; their offsets are committed as far as nothing
    /// before them is missing.
    pub acknowledged: u64,
}

impl<S: ordered::Sender + Sync> Pull<S> {
    /// With the configuration in use, the staging queue, and the clock that says when records
    /// were received.
    pub fn new(config: Arc<Live>, staging: S, clock: Clock) -> Self {
        Pull {
            config,
            staging,
            clock,
            member: Member::function(),
            earlier: Mutex::default(),
        }
    }

    /// Pulls until 5 s before the deadline. `look` is called every minute until then.
    pub async fn handle(&self, deadline: Option<Instant>, look: impl Fn()) -> Window {
        let began = Instant::now();
        let end = deadline.map_or(began + WITHOUT_DEADLINE, |deadline| {
            deadline.checked_sub(MARGIN).unwrap_or(began)
        });
        let config = self.config.current();
        let earlier =
            std::mem::take(&mut *self.earlier.lock().unwrap_or_else(PoisonError::into_inner));
        let until = sleep_until(end.into());
        let pulls = go_on(
            &config,
            &self.staging,
            self.clock.clone(),
            &self.member,
            &earlier,
            until,
        );
        let pulled = tokio::select! {
            pulled = pulls => pulled,
            () = every_minute(look) => Vec::new(),
        };
        let window = Window::of(&pulled);
        *self.earlier.lock().unwrap_or_else(PoisonError::into_inner) = pulled;
        window
    }
}

impl Window {
    fn of(pulled: &[Pulled]) -> Window {
        let begin = Window {
            sources: pulled.len(),
            ..Window::default()
        };
        pulled.iter().fold(begin, |sum, pulled| Window {
            sources: sum.sources,
            connections: sum.connections + pulled.drained.connections,
            received: sum.received + pulled.drained.received,
            staged: sum.staged + pulled.drained.staged,
            acknowledged: sum.acknowledged + pulled.drained.acknowledged,
        })
    }
}

/// Never done.
async fn every_minute(look: impl Fn()) {
    let mut minutes = interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        look();
    }
}
