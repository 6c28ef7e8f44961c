//! A broker that does what a script says; its queue is in `queue`.

pub(super) use super::world::*;

use crate::{
    pull::{Arrival, Broken, Broker, ConnectError, Drained, Feed, Limits, backoff::Backoff, pull},
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

/// What came of a pull.
pub(super) struct Outcome {
    pub(super) drained: Drained,
    counts: BTreeMap<String, u64>,
}

impl Outcome {
    /// How often something was counted.
    pub(super) fn count(&self, counter: &str) -> u64 {
        self.counts.get(counter).copied().unwrap_or(0)
    }
}

/// The world, the broker and the queue in one.
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

    /// Lets a waiting test, a waiting connection and a hanging call look again.
    pub(super) fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world());
        self.changed.notify_waiters();
    }

    /// Waits until the world is as told.
    pub(super) async fn until(&self, is: impl Fn(&World) -> bool) {
        loop {
            let changed = self.changed.notified();
            if is(&self.world()) {
                return;
            }
            changed.await;
        }
    }

    /// Pulls until the world is as told, which has to come within 20 s.
    pub(super) fn pull(
        &self,
        limits: &Limits,
        is: impl Fn(&World) -> bool + Send + Sync,
    ) -> Outcome {
        self.pull_beside(limits, is, std::future::ready(()))
    }

    /// The same, with something that happens beside it.
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
        let drained = metrics::with_local_recorder(&counters, || runtime.block_on(both));
        let world = self.world();
        assert_eq!(world.faults, Vec::<String>::new());
        let Ok(drained) = drained else {
            panic!("not within 20 s: {:?}", world.staged);
        };
        assert_eq!(drained.received, drained.staged + drained.given_back);
        let counted = counters.counted().into_iter();
        let counts: BTreeMap<String, u64> = counted.map(|(row, count)| (row.name, count)).collect();
        let count = |name| counts.get(name).copied().unwrap_or(0);
        assert_eq!(count("received"), drained.staged);
        assert_eq!(count("accepted"), drained.staged);
        Outcome { drained, counts }
    }
}

/// Limits with waits that a test has time for.
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
    /// The messages that are not acknowledged at its beginning.
    left: VecDeque<usize>,
    known: usize,
}

impl Broker for Script {
    type Feed = Connection;

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
                .filter(|receipt| !acknowledged.contains(receipt))
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

    fn stand_in(&self, refused: &Message, receipt: &usize) -> Option<Message> {
        self.world().stand_ins.then(|| Message {
            body: format!("{receipt:06} stands elsewhere"),
            fifo: refused.fifo.clone(),
        })
    }
}

impl Feed for Connection {
    type Receipt = usize;

    async fn next(&mut self) -> Result<Arrival<usize>, Broken> {
        let step = self.script.world().steps.pop_front();
        match step {
            Some(Step::Break) => return Err(Broken("as told".to_owned())),
            Some(Step::Yield) => yield_now().await,
            Some(Step::Give) | None => {}
        }
        let notify = Arc::clone(&self.script.changed);
        loop {
            let changed = notify.notified();
            if let Some(arrival) = self.hand_out() {
                return Ok(arrival);
            }
            changed.await;
        }
    }

    async fn acknowledge(&mut self, receipts: Vec<usize>) -> Result<(), Broken> {
        let how = self.script.world().acknowledging.pop_front();
        let how = how.unwrap_or(Acknowledging::Done);
        if how == Acknowledging::Never {
            return pending().await;
        }
        self.script.change(|world| {
            for receipt in receipts {
                let body = world.topic[receipt].1.clone();
                if !world.staged.iter().any(|(_, b)| b.starts_with(&body)) {
                    world
                        .faults
                        .push(format!("{body} acknowledged, not staged"));
                }
                if world.acknowledged.contains(&receipt) {
                    world.faults.push(format!("{body} acknowledged twice"));
                }
                if how != Acknowledging::Lost {
                    world.acknowledged.push(receipt);
                }
            }
        });
        match how {
            Acknowledging::Done => Ok(()),
            _ => Err(Broken("no acknowledgements".to_owned())),
        }
    }

    async fn tick(&mut self) -> Result<(), Broken> {
        self.script.change(|world| world.ticks += 1);
        Ok(())
    }

    fn has_lost(&mut self) -> bool {
        std::mem::take(&mut self.script.world().loses)
    }

    fn is_current(&self, receipt: &usize) -> bool {
        !self.script.world().lost.contains(receipt)
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
    fn hand_out(&mut self) -> Option<Arrival<usize>> {
        let mut world = self.script.world();
        self.left.extend(self.known..world.topic.len());
        self.known = world.topic.len();
        let receipt = self.left.pop_front()?;
        world.handed_out += 1;
        let (group, body) = world.topic[receipt].clone();
        Some(Arrival {
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
            receipt,
        })
    }
}

/// Is done after being polled so often.
pub(super) async fn polled(times: u8) {
    for _ in 0..times {
        yield_now().await;
    }
}
