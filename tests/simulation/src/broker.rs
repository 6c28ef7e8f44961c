//! A broker with partitions, as Kafka is one: it hands out what is not committed, gives partitions to
//! other members, and deletes what is too old.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::pending;
use thingrelay::aws::Aws;
use thingrelay::clock::Clock;
use thingrelay::internal_event::InternalEvent;
use thingrelay::pull::{
    Broker, ConnectError, Delivery, Pull, Subscription, SubscriptionError, side_by_side,
};
use thingrelay::queue::{Queue, SendTimeout};
use thingrelay_core::kafka::{Record, to_stage};
use thingrelay_core::source::{Platform, SourceName};
use tokio::time::sleep;

use crate::documents::PULLED;
use crate::fault::{Fault, Party};
use crate::message::Sent;
use crate::planted::Planted;
use crate::tampered::{Role, Tampered};
use crate::world::{STAGING, World};

const PARTITIONS: usize = 3;

/// After which time a broker that is told of each record alone hands out again what it was not told of.
const ACK_TIMEOUT: Duration = Duration::from_secs(120);

/// The topic. Clones share it.
#[derive(Clone)]
pub(crate) struct Topic(Arc<Mutex<Partitions>>);

struct Partitions {
    partitions: Vec<Partition>,
    /// Which member has each partition, and how often it was given away.
    owners: Vec<(usize, u64)>,
}

#[derive(Default)]
struct Partition {
    records: Vec<Sent>,
    /// Before this one, all are acknowledged.
    committed: usize,
    /// The others that are, each of which was acknowledged alone.
    acknowledged: BTreeSet<usize>,
    /// Before this one, all are deleted.
    begin: usize,
}

impl Partition {
    fn is_acknowledged(&self, offset: usize) -> bool {
        offset < self.committed || self.acknowledged.contains(&offset)
    }

    /// Goes on behind what is acknowledged or deleted.
    fn settle(&mut self) {
        self.committed = self.committed.max(self.begin);
        while self.acknowledged.remove(&self.committed) {
            self.committed += 1;
        }
    }
}

impl Topic {
    pub(crate) fn new() -> Topic {
        Topic(Arc::new(Mutex::new(Partitions {
            partitions: (0..PARTITIONS).map(|_| Partition::default()).collect(),
            owners: vec![(0, 0); PARTITIONS],
        })))
    }

    /// A record comes, to the partition of its device.
    pub(crate) fn append(&self, sent: Sent) {
        let partition = sent.sender.bytes().map(usize::from).sum::<usize>() % PARTITIONS;
        self.lock().partitions[partition].records.push(sent);
    }

    /// Whether all that is there is acknowledged.
    pub(crate) fn is_done(&self) -> bool {
        let topic = self.lock();
        topic
            .partitions
            .iter()
            .all(|partition| partition.committed >= partition.records.len())
    }

    /// The messages that the broker was told are done with.
    pub(crate) fn acknowledged(&self, world: &World, planted_deleted: &BTreeSet<usize>) {
        let topic = self.lock();
        for partition in &topic.partitions {
            for (offset, record) in partition.records.iter().enumerate() {
                if partition.is_acknowledged(offset) && !planted_deleted.contains(&record.number) {
                    world.record().acknowledged.insert(record.number);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Partitions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The broker as one member knows it.
pub(crate) struct SimulatedBroker {
    pub(crate) world: World,
    pub(crate) topic: Topic,
    pub(crate) member: usize,
    pub(crate) planted: Option<Planted>,
    /// What was deleted before anybody read it.
    pub(crate) truncated: Arc<Mutex<BTreeSet<usize>>>,
    source: SourceName,
    clock: Clock,
}

/// A membership.
pub(crate) struct Membership {
    world: World,
    topic: Topic,
    member: usize,
    planted: Option<Planted>,
    truncated: Arc<Mutex<BTreeSet<usize>>>,
    source: SourceName,
    clock: Clock,
    /// By partition: the epoch in which it is this member's, the next record, and what is acknowledged.
    held: Vec<Option<Held>>,
    has_lost: bool,
    ready: VecDeque<Delivery<AckToken>>,
}

struct Held {
    epoch: u64,
    next: usize,
    done: BTreeSet<usize>,
    /// When each record was handed out last, for a broker that is told of each alone.
    handed_out: BTreeMap<usize, Duration>,
}

impl Held {
    /// The record to hand out next, if it is there. One that is not acknowledged in time comes again.
    fn next(&mut self, there: &Partition, acknowledges_each: bool, now: Duration) -> usize {
        if acknowledges_each {
            self.handed_out
                .retain(|offset, _| !there.is_acknowledged(*offset));
            let late = self
                .handed_out
                .iter()
                .find(|(offset, at)| **at + ACK_TIMEOUT <= now && **offset >= there.begin);
            if let Some((offset, _)) = late {
                return *offset;
            }
        }
        self.next = self.next.max(there.begin);
        while there.is_acknowledged(self.next) {
            self.next += 1;
        }
        self.next
    }
}

/// A record's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AckToken {
    partition: usize,
    offset: usize,
    epoch: u64,
}

impl Broker for SimulatedBroker {
    type Subscription = Membership;

    async fn connect(&self) -> Result<Membership, ConnectError> {
        let (fault, mut chance) = self.world.fault(Party::Broker, "broker.connect", |fault| {
            matches!(
                fault,
                Fault::LostBefore | Fault::LostAfter | Fault::HangBefore
            )
        });
        sleep(Duration::from_millis(chance.rng.u64(1..300))).await;
        match fault {
            Some(Fault::LostBefore) => return Err(ConnectError::Unreachable("as told".to_owned())),
            Some(Fault::LostAfter) => return Err(ConnectError::Refused("as told".to_owned())),
            Some(Fault::HangBefore) => pending().await,
            _ => {}
        }
        let (source, topic) = (&self.source, self.topic());
        InternalEvent::Connected { source, topic }.emit();
        let mut membership = Membership {
            world: self.world.clone(),
            topic: self.topic.clone(),
            member: self.member,
            planted: self.planted,
            truncated: Arc::clone(&self.truncated),
            source: self.source.clone(),
            clock: self.clock.clone(),
            held: (0..PARTITIONS).map(|_| None).collect(),
            has_lost: false,
            ready: VecDeque::new(),
        };
        membership.look();
        Ok(membership)
    }

    fn source(&self) -> &SourceName {
        &self.source
    }

    fn topic(&self) -> &'static str {
        "iot"
    }
}

impl Membership {
    /// Takes what is this member's now, and gives up what is not.
    fn look(&mut self) {
        let topic = self.topic.lock();
        for (partition, (owner, epoch)) in topic.owners.iter().enumerate() {
            let held = &mut self.held[partition];
            let is_current = held.as_ref().is_some_and(|held| held.epoch == *epoch);
            if *owner != self.member || !is_current {
                self.has_lost |= held.is_some();
                *held = None;
            }
            if *owner == self.member && held.is_none() {
                let there = &topic.partitions[partition];
                let next = match self.planted {
                    Some(Planted::SkipsOnReconnect) => there.records.len().max(there.committed),
                    _ => there.committed,
                };
                *held = Some(Held {
                    epoch: *epoch,
                    next: next.max(there.begin),
                    done: BTreeSet::new(),
                    handed_out: BTreeMap::new(),
                });
            }
        }
    }

    fn take(&mut self) -> Option<Delivery<AckToken>> {
        let (acknowledges_each, now) = (self.world.temper().acknowledges_each, self.world.now());
        let topic = self.topic.lock();
        for (partition, held) in self.held.iter_mut().enumerate() {
            let Some(held) = held else {
                continue;
            };
            let there = &topic.partitions[partition];
            let offset = held.next(there, acknowledges_each, now);
            let Some(sent) = there.records.get(offset) else {
                continue;
            };
            held.next = held.next.max(offset + 1);
            held.handed_out.insert(offset, now);
            let record = Record {
                topic: "iot",
                partition: i32::try_from(partition).unwrap_or(0),
                offset: i64::try_from(offset).unwrap_or(0),
                timestamp: None,
                key: None,
                value: Some(&sent.body),
            };
            let now = self.clock.now();
            let (id, message) = to_stage(&self.source, Platform::TencentIotHub, &record, now);
            let ack_token = AckToken {
                partition,
                offset,
                epoch: held.epoch,
            };
            return Some(Delivery {
                id,
                message,
                ack_token,
            });
        }
        None
    }

    fn commit(&mut self, tokens: &[AckToken]) {
        let mut topic = self.topic.lock();
        for token in tokens {
            let Some(held) = self.held[token.partition]
                .as_mut()
                .filter(|held| held.epoch == token.epoch)
            else {
                continue;
            };
            held.done.insert(token.offset);
            if topic.owners[token.partition] != (self.member, token.epoch) {
                continue;
            }
            let there = &mut topic.partitions[token.partition];
            if self.world.temper().acknowledges_each {
                there.acknowledged.insert(token.offset);
                if self.planted == Some(Planted::AcknowledgesUpTo) {
                    there.acknowledged.extend(there.committed..token.offset);
                }
            } else {
                there.settle();
                let done = (there.committed..).take_while(|offset| held.done.contains(offset));
                there.acknowledged.extend(done);
            }
            there.settle();
        }
    }
}

impl Subscription for Membership {
    type AckToken = AckToken;

    async fn next(&mut self) -> Result<Delivery<AckToken>, SubscriptionError> {
        loop {
            if self.world.is_down() {
                return Err(SubscriptionError("the process has ended".to_owned()));
            }
            self.look();
            if let Some(delivery) = self.take() {
                let number = delivery.ack_token;
                self.world.note(|| format!("pulled {number:?}"));
                if self.planted == Some(Planted::AcknowledgesOnDelivery) {
                    self.commit(&[delivery.ack_token]);
                }
                return Ok(delivery);
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn acknowledge(&mut self, tokens: Vec<AckToken>) -> Result<(), SubscriptionError> {
        let (fault, mut chance) = self
            .world
            .fault(Party::Broker, "broker.acknowledge", |fault| {
                matches!(
                    fault,
                    Fault::LostBefore | Fault::LostAfter | Fault::HangBefore | Fault::Slow
                )
            });
        sleep(Duration::from_millis(chance.rng.u64(1..50))).await;
        match fault {
            Some(Fault::LostBefore) => return Err(SubscriptionError("as told".to_owned())),
            Some(Fault::HangBefore) => pending().await,
            Some(Fault::Slow) => sleep(Duration::from_secs(3)).await,
            _ => {}
        }
        self.commit(&tokens);
        match fault {
            Some(Fault::LostAfter) => Err(SubscriptionError("as told".to_owned())),
            _ => Ok(()),
        }
    }

    async fn tick(&mut self) -> Result<(), SubscriptionError> {
        let (fault, mut chance) = self.world.fault(Party::Broker, "broker.tick", |fault| {
            matches!(
                fault,
                Fault::LostBefore | Fault::LostAfter | Fault::Rebalanced | Fault::Truncated
            )
        });
        match fault {
            Some(Fault::LostBefore | Fault::LostAfter) => {
                return Err(SubscriptionError("as told".to_owned()));
            }
            Some(Fault::Rebalanced) => {
                let partition = chance.rng.usize(..PARTITIONS);
                let members = self.world.temper().members;
                let mut topic = self.topic.lock();
                let (_, epoch) = topic.owners[partition];
                topic.owners[partition] = (chance.rng.usize(..members), epoch + 1);
            }
            Some(Fault::Truncated) => {
                let partition = chance.rng.usize(..PARTITIONS);
                let mut topic = self.topic.lock();
                let there = &mut topic.partitions[partition];
                let end = (there.committed.max(there.begin) + 2).min(there.records.len());
                let gone: Vec<usize> = (there.committed..end)
                    .map(|offset| there.records[offset].number)
                    .collect();
                there.begin = there.begin.max(end);
                there.settle();
                drop(topic);
                self.truncated
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(gone);
            }
            _ => {}
        }
        self.look();
        Ok(())
    }

    fn has_lost(&mut self) -> bool {
        std::mem::take(&mut self.has_lost)
    }

    fn is_current(&self, token: &AckToken) -> bool {
        let held = self.held[token.partition].as_ref();
        held.is_some_and(|held| held.epoch == token.epoch)
    }

    async fn close(self) {
        drop(self.ready);
    }
}

/// A member of the group, in windows as the function has them, until all is done.
pub(crate) async fn pull(
    world: World,
    topic: Topic,
    member: usize,
    planted: Option<Planted>,
    truncated: Arc<Mutex<BTreeSet<usize>>>,
) {
    let Some(source) = SourceName::parse(PULLED) else {
        return;
    };
    let aws: Aws = world.aws(Party::Pull);
    let queue = Queue::open(&aws, world.queue_url(STAGING), SendTimeout::Background).await;
    let staging = Tampered {
        queue: Arc::new(queue),
        role: Role::Pull,
        planted,
    };
    let broker = || SimulatedBroker {
        world: world.clone(),
        topic: topic.clone(),
        member,
        planted,
        truncated: Arc::clone(&truncated),
        source: source.clone(),
        clock: world.clock(),
    };
    let mut earlier = Vec::new();
    loop {
        let (fault, mut chance) = world.fault(Party::Broker, "broker.window", |fault| {
            fault == Fault::Crash
        });
        let pulls = [Pull {
            broker: broker(),
            silent_after: None,
        }];
        let window = sleep(Duration::from_secs(chance.rng.u64(5..60)));
        let pulled = side_by_side(&pulls, &staging, &earlier, window);
        if fault == Some(Fault::Crash) {
            let end = sleep(Duration::from_millis(chance.rng.u64(..5_000)));
            tokio::select! {
                biased;
                _ = pulled => {}
                () = end => {}
            }
            earlier.clear();
        } else {
            earlier = pulled.await;
        }
    }
}
