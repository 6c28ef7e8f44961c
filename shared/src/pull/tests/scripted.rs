//! A broker and a staging queue that do what a script says, and what they saw.

use crate::{
    identity::FieldHasher,
    ordered::Sender,
    pull::{Arrival, Broken, Broker, ConnectError, Drained, Feed, Limits, backoff::Backoff, pull},
    queue::{Fifo, MAX_BATCH, MAX_BYTES, Message, SendError},
    source::SourceName,
    telemetry::Counters,
};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    future::pending,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{runtime::Builder, sync::Notify, task::yield_now, time::timeout};

/// What a connection does instead of handing out the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Give,
    Yield,
    Break,
}

/// What becomes of acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acknowledging {
    Done,
    Lost,
    /// The broker has them, and the connection breaks.
    DoneAndBroken,
    Never,
}

/// What the queue does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Later,
    /// The queue has it, and the answer says otherwise.
    AcceptAndSayLater,
    Refuse,
}

/// What the queue does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallStep {
    /// Answers after being polled so often.
    Answer(u8),
    /// Takes nothing, and says so after being polled so often.
    Fail(u8),
    /// Gives no answer before the script of calls is empty.
    Hang,
    /// Takes all, and its answer leaves out the last message.
    Short,
}

/// Both scripts, what happened, and what must not have.
#[derive(Default)]
pub(super) struct World {
    /// Group and body of each message of the topic, in order; the index is the receipt.
    pub(super) topic: Vec<(String, String)>,
    /// What connecting leads to; `None` for no answer at all.
    pub(super) connects: VecDeque<Option<Result<(), ConnectError>>>,
    pub(super) steps: VecDeque<Step>,
    pub(super) acknowledging: VecDeque<Acknowledging>,
    pub(super) calls: VecDeque<CallStep>,
    pub(super) verdicts: VecDeque<Verdict>,
    /// Bodies that the queue never accepts, and how it says so.
    pub(super) never: BTreeMap<String, Verdict>,
    pub(super) stand_ins: bool,
    pub(super) closing_hangs: bool,

    pub(super) acknowledged: Vec<usize>,
    /// Group and body of what the queue keeps, in order; a copy is not kept.
    pub(super) staged: Vec<(String, String)>,
    pub(super) sent_calls: Vec<usize>,
    pub(super) under_way: HashSet<String>,
    pub(super) calls_under_way: usize,
    /// How many calls were under way once each had begun.
    pub(super) crowds: Vec<usize>,
    pub(super) handed_out: usize,
    pub(super) ticks: usize,
    pub(super) closes: usize,
    pub(super) attempts: usize,
    pub(super) faults: Vec<String>,
}

impl World {
    /// Whether every message is acknowledged.
    pub(super) fn is_done(&self) -> bool {
        self.acknowledged.len() == self.topic.len()
    }
}

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

/// A topic of messages of these groups.
pub(super) fn topic(groups: impl IntoIterator<Item = u8>) -> Vec<(String, String)> {
    groups
        .into_iter()
        .enumerate()
        .map(|(n, group)| (format!("g{group}"), format!("{n:06}")))
        .collect()
}

/// The bodies of each group, in their order.
pub(super) fn by_group(messages: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut groups = BTreeMap::<&str, Vec<&str>>::new();
    for (group, body) in messages {
        groups.entry(group).or_default().push(body);
    }
    groups
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

/// Marks what a call holds as under way, until it ends or is dropped.
struct UnderWay {
    script: Script,
    groups: Vec<String>,
}

impl UnderWay {
    fn new(script: &Script, messages: &[&Message]) -> Self {
        let groups: Vec<String> = messages
            .iter()
            .map(|message| message.fifo.as_ref().unwrap().group.clone())
            .collect();
        let bytes: usize = messages.iter().map(|message| message.body.len()).sum();
        script.change(|world| {
            world.sent_calls.push(messages.len());
            world.calls_under_way += 1;
            world.crowds.push(world.calls_under_way);
            let count = messages.len();
            if count == 0 || count > MAX_BATCH || (bytes > MAX_BYTES && count > 1) {
                world
                    .faults
                    .push(format!("{count} messages, {bytes} bytes"));
            }
            for group in &groups {
                if !world.under_way.insert(group.clone()) {
                    world.faults.push(format!("two of {group} under way"));
                }
            }
        });
        UnderWay {
            script: script.clone(),
            groups,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.script.change(|world| {
            world.calls_under_way -= 1;
            for group in &self.groups {
                world.under_way.remove(group);
            }
        });
    }
}

impl Sender for Script {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let _under_way = UnderWay::new(self, messages);
        let step = self.world().calls.pop_front();
        let step = step.unwrap_or(CallStep::Answer(0));
        let later = || Err(SendError::Transient("later".to_owned()));
        match step {
            CallStep::Answer(polls) => polled(polls).await,
            CallStep::Fail(polls) => {
                polled(polls).await;
                return messages.iter().map(|_| later()).collect();
            }
            CallStep::Hang => self.until(|world| world.calls.is_empty()).await,
            CallStep::Short => {}
        }
        let mut results = Vec::new();
        self.change(|world| {
            for message in messages {
                let fixed = world.never.get(&message.body).copied();
                let verdict = fixed.or_else(|| world.verdicts.pop_front());
                let verdict = verdict.unwrap_or(Verdict::Accept);
                if matches!(verdict, Verdict::Accept | Verdict::AcceptAndSayLater) {
                    let kept = (
                        message.fifo.as_ref().unwrap().group.clone(),
                        message.body.clone(),
                    );
                    if !world.staged.contains(&kept) {
                        world.staged.push(kept);
                    }
                }
                results.push(match verdict {
                    Verdict::Accept => Ok(()),
                    Verdict::Refuse => Err(SendError::Permanent("never".to_owned())),
                    Verdict::Later | Verdict::AcceptAndSayLater => later(),
                });
            }
        });
        if step == CallStep::Short {
            results.pop();
        }
        results
    }
}

/// Is done after being polled so often.
pub(super) async fn polled(times: u8) {
    for _ in 0..times {
        yield_now().await;
    }
}
