//! A broker that follows a script; its queue is in `queue`.

pub(super) use super::world::*;

use crate::{
    pull::{
        Broker, ConnectError, Delivery, Limits, PullSummary, Subscription, SubscriptionError,
        backoff::Backoff, pull,
    },
    telemetry::Counters,
};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    future::pending,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use thingrelay_core::{
    identity::FieldHasher,
    message::{Fifo, Message},
    source::SourceName,
};
use tokio::{runtime::Builder, sync::Notify, task::yield_now, time::timeout};

/// The result of a pull.
pub(super) struct Outcome {
    pub(super) summary: PullSummary,
    counts: BTreeMap<String, u64>,
}

impl Outcome {
    /// How often something was counted.
    pub(super) fn count(&self, counter: &str) -> u64 {
        self.counts.get(counter).copied().unwrap_or(0)
    }
}

/// The world, the broker and the queue together.
#[derive(Clone)]
pub(super) struct Script {
    world: Arc<Mutex<World>>,
    changed: Arc<Notify>,
    source: SourceName,
}

impl Script {
    pub(super) fn new(world: World) -> Self {
        Script {
            world: Arc::new(Mutex::new(world)),
            changed: Arc::default(),
            source: SourceName::parse("house").unwrap(),
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Makes a waiting test, a waiting connection and a hanging call check again.
    pub(super) fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world());
        self.changed.notify_waiters();
    }

    /// Waits until the world meets the condition.
    pub(super) async fn until(&self, is: impl Fn(&World) -> bool) {
        loop {
            let changed = self.changed.notified();
            if is(&self.world()) {
                return;
            }
            changed.await;
        }
    }

    /// Pulls until the world meets the condition, which must happen within 20 s.
    pub(super) fn pull(
        &self,
        limits: &Limits,
        is: impl Fn(&World) -> bool + Send + Sync,
    ) -> Outcome {
        self.pull_beside(limits, is, std::future::ready(()))
    }

    /// The same, while something else happens.
    pub(super) fn pull_beside(
        &self,
        limits: &Limits,
        is: impl Fn(&World) -> bool + Send + Sync,
        beside: impl Future<Output = ()>,
    ) -> Outcome {
        let counters = Counters::default();
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let both = async {
            let pulling = pull(self, self, limits, self.until(is));
            let both = async { tokio::join!(pulling, beside).0 };
            timeout(Duration::from_secs(20), both).await
        };
        let summary = metrics::with_local_recorder(&counters, || runtime.block_on(both));
        let world = self.world();
        assert_eq!(world.faults, Vec::<String>::new());
        let Ok(summary) = summary else {
            panic!("not within 20 s: {:?}", world.staged);
        };
        assert_eq!(summary.received, summary.staged + summary.given_back);
        let counted = counters.counted().into_iter();
        let counts: BTreeMap<String, u64> = counted.map(|(row, count)| (row.name, count)).collect();
        let count = |name| counts.get(name).copied().unwrap_or(0);
        assert_eq!(count("received"), summary.staged);
        assert_eq!(count("accepted"), summary.staged);
        Outcome { summary, counts }
    }
}

/// Limits with waits that are short enough for a test.
pub(super) fn brisk() -> Limits {
    let brief = Backoff {
        floor: Duration::ZERO,
        first: Duration::from_micros(500),
        max: Duration::from_millis(2),
    };
    Limits {
        tick: Duration::from_millis(1),
        unreachable: brief,
        refused: brief,
        unstaged: brief,
        seed: 7,
        ..Limits::default()
    }
}

pub(super) struct Connection {
    script: Script,
    /// The messages that are not acknowledged when the connection begins.
    left: VecDeque<usize>,
    known: usize,
}

impl Broker for Script {
    type Subscription = Connection;

    async fn connect(&self) -> Result<Connection, ConnectError> {
        let mut outcome = Some(Ok(()));
        self.change(|world| {
            world.attempts += 1;
            if world.calls_under_way > 0 {
                let fault = "connects while calls are under way".to_owned();
                world.faults.push(fault);
            }
            outcome = world.connects.pop_front().unwrap_or(Some(Ok(())));
        });
        match outcome {
            Some(outcome) => outcome?,
            None => pending().await,
        }
        let world = self.world();
        let acknowledged: HashSet<usize> = world.acknowledged.iter().copied().collect();
        Ok(Connection {
            script: self.clone(),
            left: (0..world.topic.len())
                .filter(|ack_token| !acknowledged.contains(ack_token))
                .collect(),
            known: world.topic.len(),
        })
    }

    fn topic(&self) -> &str {
        "all"
    }

    fn source(&self) -> &SourceName {
        &self.source
    }

    fn stand_in(&self, refused: &Message) -> Option<Message> {
        self.world().stand_ins.then(|| Message {
            body: format!("{} stands elsewhere", refused.body),
            fifo: refused.fifo.clone(),
        })
    }
}

impl Subscription for Connection {
    type AckToken = usize;

    async fn next(&mut self) -> Result<Delivery<usize>, SubscriptionError> {
        let step = self.script.world().steps.pop_front();
        match step {
            Some(Step::Break) => return Err(SubscriptionError("as told".to_owned())),
            Some(Step::Yield) => yield_now().await,
            Some(Step::Give) | None => {}
        }
        let notify = Arc::clone(&self.script.changed);
        loop {
            let changed = notify.notified();
            if let Some(delivery) = self.hand_out() {
                return Ok(delivery);
            }
            changed.await;
        }
    }

    async fn acknowledge(&mut self, ack_tokens: Vec<usize>) -> Result<(), SubscriptionError> {
        let how = self.script.world().acknowledging.pop_front();
        let how = how.unwrap_or(Acknowledging::Done);
        if how == Acknowledging::Never {
            return pending().await;
        }
        self.script.change(|world| {
            for ack_token in ack_tokens {
                let body = world.topic[ack_token].1.clone();
                if !world.staged.iter().any(|(_, b)| b.starts_with(&body)) {
                    world
                        .faults
                        .push(format!("{body} acknowledged, not staged"));
                }
                if world.acknowledged.contains(&ack_token) {
                    world.faults.push(format!("{body} acknowledged twice"));
                }
                if how != Acknowledging::Lost {
                    world.acknowledged.push(ack_token);
                }
            }
        });
        match how {
            Acknowledging::Done => Ok(()),
            _ => Err(SubscriptionError("no acknowledgements".to_owned())),
        }
    }

    async fn tick(&mut self) -> Result<(), SubscriptionError> {
        self.script.change(|world| world.ticks += 1);
        Ok(())
    }

    fn has_lost(&mut self) -> bool {
        std::mem::take(&mut self.script.world().loses)
    }

    fn is_current(&self, ack_token: &usize) -> bool {
        !self.script.world().lost.contains(ack_token)
    }

    async fn close(self) {
        self.script.change(|world| {
            world.closes += 1;
            if world.calls_under_way > 0 {
                world
                    .faults
                    .push("closes while calls are under way".to_owned());
            }
        });
        if self.script.world().closing_hangs {
            pending().await
        }
    }
}

impl Connection {
    fn hand_out(&mut self) -> Option<Delivery<usize>> {
        let mut world = self.script.world();
        self.left.extend(self.known..world.topic.len());
        self.known = world.topic.len();
        let ack_token = self.left.pop_front()?;
        world.handed_out += 1;
        let (group, body) = world.topic[ack_token].clone();
        Some(Delivery {
            id: FieldHasher::new("test")
                .field(body.as_bytes())
                .into_message_id(),
            message: Message {
                fifo: Some(Fifo {
                    group,
                    deduplication: body.clone(),
                }),
                body,
            },
            ack_token,
        })
    }
}

/// Returns after being polled so often.
pub(super) async fn polled(times: u8) {
    for _ in 0..times {
        yield_now().await;
    }
}
