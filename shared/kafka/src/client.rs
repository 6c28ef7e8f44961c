//! A member of a consumer group: its settings, and what librdkafka tells it of.

use crate::{
    cause::Cause,
    connection::{self, aside, told},
    offset_tracker::{OffsetTracker, Position},
};
use rdkafka::{
    ClientConfig, ClientContext, Offset, Statistics, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer},
    error::{KafkaError, KafkaResult},
    statistics::Partition,
};
use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use thingrelay::internal_event::InternalEvent;
use thingrelay_core::{
    config::{Ckafka, KafkaPull},
    source::SourceName,
};
use tokio::sync::{Notify, oneshot};

/// A member of a consumer group.
pub(crate) struct Client(Option<StreamConsumer<MemberContext>>);

/// What is kept beside the client, in its callbacks too.
pub(crate) struct MemberContext {
    source: SourceName,
    offset_tracker: Mutex<OffsetTracker>,
    assigned: Notify,
    /// How many of the topics this member has partitions of.
    topics: Mutex<usize>,
    /// Whether partitions were revoked since the last call.
    has_lost: AtomicBool,
    /// Since when, and why, no offset could be committed.
    uncommitted: Mutex<Option<(Instant, String)>>,
    /// What went wrong last, in the broker's words.
    reason: Mutex<String>,
}

/// An error of the client, by what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientError {
    /// Credentials, or the right to the group: an operator has to correct them.
    Refused(String),
    /// The right to a topic.
    Forbidden(String),
    /// There is no such topic.
    Missing(String),
    /// It goes on by itself once the broker is back.
    Passing(String),
    /// The brokers want another time-out of sessions.
    Session(String),
    /// The client cannot go on.
    Fatal(String),
}

/// After how long without a sign of life the group gives a member's partitions to others: longer
/// than from one window to the next, which then goes on where the last one was. The next one is
/// taken where the brokers do not take the first.
pub(crate) const SESSIONS: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// For how long commits may fail until it is told.
const UNCOMMITTED: Duration = Duration::from_secs(30);
/// How often it is said how many records wait.
const LAG_EVERY_MS: &str = "10000";

impl Client {
    /// Begins to join the group. Nothing is sent yet.
    ///
    /// # Errors
    /// librdkafka does not take the settings; in its words.
    pub(crate) fn join(
        source: &SourceName,
        ckafka: &Ckafka,
        pull: &KafkaPull,
        member: &str,
        session: Duration,
    ) -> Result<Self, String> {
        let watch = MemberContext {
            source: source.clone(),
            offset_tracker: Mutex::default(),
            assigned: Notify::new(),
            topics: Mutex::default(),
            has_lost: AtomicBool::new(false),
            uncommitted: Mutex::default(),
            reason: Mutex::default(),
        };
        let settings = settings(ckafka, pull, member, session);
        let consumer: StreamConsumer<MemberContext> = settings
            .create_with_context(watch)
            .map_err(|error| told(&error))?;
        let topics: Vec<&str> = ckafka.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(|error| told(&error))?;
        Ok(Client(Some(consumer)))
    }

    /// The consumer; there until [`Client::leave`].
    pub(crate) fn consumer(&self) -> Option<&StreamConsumer<MemberContext>> {
        self.0.as_ref()
    }

    /// What is received and staged.
    pub(crate) fn offset_tracker(&self) -> Option<MutexGuard<'_, OffsetTracker>> {
        self.0
            .as_ref()
            .map(|consumer| consumer.context().offset_tracker())
    }

    /// How many of the topics it has partitions of.
    pub(crate) fn topics(&self) -> usize {
        let consumer = self.0.as_ref();
        consumer.map_or(0, |consumer| *lock(&consumer.context().topics))
    }

    /// Whether partitions were revoked since this was last asked.
    pub(crate) fn has_lost(&self) -> bool {
        let consumer = self.0.as_ref();
        consumer.is_some_and(|consumer| consumer.context().has_lost.swap(false, Ordering::Relaxed))
    }

    /// Why nothing could be committed, if that has been so for long.
    pub(crate) fn uncommitted(&self) -> Option<String> {
        let uncommitted = lock(&self.0.as_ref()?.context().uncommitted);
        let (since, reason) = uncommitted.as_ref()?;
        (since.elapsed() >= UNCOMMITTED).then(|| reason.clone())
    }

    /// Has no further records come of the partitions assigned now, while the group goes on.
    pub(crate) fn pause(&self) {
        self.with_assignment(|consumer, assigned| consumer.pause(assigned));
    }

    /// Has them come again.
    pub(crate) fn resume(&self) {
        self.with_assignment(|consumer, assigned| consumer.resume(assigned));
    }

    fn with_assignment(
        &self,
        work: impl FnOnce(&StreamConsumer<MemberContext>, &TopicPartitionList) -> KafkaResult<()>,
    ) {
        let Some(consumer) = &self.0 else {
            return;
        };
        let done = consumer
            .assignment()
            .and_then(|assigned| work(consumer, &assigned));
        if let Err(error) = done {
            tracing::debug!(%error, "cannot pause or resume");
        }
    }

    /// Waits until partitions are assigned, be it none. The consumer has to be polled meanwhile.
    pub(crate) async fn assigned(&self) {
        match &self.0 {
            Some(consumer) => consumer.context().assigned.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Sends what may be committed, without waiting for the answer.
    pub(crate) fn commit(&self) {
        let Some(consumer) = &self.0 else {
            return;
        };
        let positions = consumer.context().offset_tracker().to_commit();
        commit(consumer, &positions, CommitMode::Async);
    }

    /// Commits, waits for the answer, and leaves.
    ///
    /// All of that blocks, for as long as a broker is silent: a thread of its own does it, which
    /// nothing waits for. Whether the broker took the offsets shows in what the next member is handed.
    pub(crate) async fn leave(mut self) {
        let Some(consumer) = self.0.take() else {
            return;
        };
        let (done, left) = oneshot::channel();
        aside(move || {
            let positions = consumer.context().offset_tracker().to_commit();
            commit(&consumer, &positions, CommitMode::Sync);
            drop(consumer);
            let _ = done.send(());
        });
        let _ = left.await;
    }

    /// An error, by what can be done.
    pub(crate) fn error_of(&self, error: &KafkaError) -> ClientError {
        let reason = self
            .0
            .as_ref()
            .map(|consumer| lock(&consumer.context().reason).clone());
        ClientError::of(error, &reason.unwrap_or_default())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(consumer) = self.0.take() {
            aside(move || drop(consumer));
        }
    }
}

impl ClientError {
    fn of(error: &KafkaError, reason: &str) -> ClientError {
        let text = if reason.is_empty() {
            told(error)
        } else {
            reason.to_owned()
        };
        if let KafkaError::MessageConsumptionFatal(_) = error {
            return ClientError::Fatal(text);
        }
        match error.rdkafka_error_code().map_or(Cause::Other, Cause::of) {
            Cause::Credentials | Cause::GroupForbidden => ClientError::Refused(text),
            Cause::TopicForbidden => ClientError::Forbidden(text),
            Cause::SessionTimeout => ClientError::Session(text),
            Cause::UnknownTopic => ClientError::Missing(text),
            // A certificate that is not trusted says nothing about the credentials.
            Cause::Tls | Cause::Fatal => ClientError::Fatal(text),
            Cause::UnknownPartition | Cause::Unreachable | Cause::TimedOut | Cause::Other => {
                ClientError::Passing(text)
            }
        }
    }
}

impl MemberContext {
    fn offset_tracker(&self) -> MutexGuard<'_, OffsetTracker> {
        lock(&self.offset_tracker)
    }
}

impl ClientContext for MemberContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(?level, facility, "{message}");
        // The only sign of it: what was to come next is not there any more.
        if facility == "OFFSET" && message.contains("offset reset") {
            let source = &self.source;
            let detail = &message.replace(char::is_control, " ");
            InternalEvent::Expired { source, detail }.emit();
        }
    }

    fn stats(&self, statistics: Statistics) {
        if let Some(records) = lag(&statistics) {
            let source = &self.source;
            InternalEvent::Lag { source, records }.emit();
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka");
        *lock(&self.reason) = reason.replace(char::is_control, " ");
    }
}

impl ConsumerContext for MemberContext {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(partitions) = rebalance {
            let revoked = partitions.elements();
            let positions = self.offset_tracker().revoked(
                revoked
                    .iter()
                    .map(|partition| (partition.topic(), partition.partition())),
            );
            // Sent before the group goes on, and not waited for: a broker that is gone would hold
            // everything up.
            commit(consumer, &positions, CommitMode::Async);
            self.has_lost.store(true, Ordering::Relaxed);
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance {
            let assigned = partitions.elements();
            let topics: HashSet<&str> = assigned.iter().map(|one| one.topic()).collect();
            *lock(&self.topics) = topics.len();
            self.assigned.notify_one();
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        let has_failed = result.is_err();
        let of_partition = || offsets.elements().iter().find_map(|one| one.error().err());
        match result.err().or_else(of_partition) {
            None => *lock(&self.uncommitted) = None,
            Some(error) => {
                let (since, reason) = (Instant::now(), told(&error));
                let mut uncommitted = lock(&self.uncommitted);
                uncommitted.get_or_insert((since, String::new())).1 = reason;
            }
        }
        // A commit that failed as a whole may name no error of its partitions.
        if has_failed {
            return;
        }
        let positions: Vec<Position> = offsets
            .elements()
            .iter()
            .filter(|partition| partition.error().is_ok())
            .filter_map(|partition| match partition.offset() {
                Offset::Offset(next) => Some(Position {
                    topic: partition.topic().to_owned(),
                    partition: partition.partition(),
                    next,
                }),
                _ => None,
            })
            .collect();
        self.offset_tracker().committed(&positions);
    }
}

fn commit<C: Consumer<MemberContext>>(consumer: &C, positions: &[Position], mode: CommitMode) {
    if positions.is_empty() {
        return;
    }
    let mut list = TopicPartitionList::with_capacity(positions.len());
    for position in positions {
        let offset = Offset::Offset(position.next);
        if list
            .add_partition_offset(&position.topic, position.partition, offset)
            .is_err()
        {
            return;
        }
    }
    if let Err(error) = consumer.commit(&list, mode) {
        tracing::debug!(%error, "not committed, it will be tried again");
    }
}

/// How many records are stored and not committed, of the partitions that this member has; `None`
/// as long as none of them is known.
fn lag(statistics: &Statistics) -> Option<u64> {
    let topics = statistics.topics.values();
    let partitions = topics.flat_map(|topic| topic.partitions.values());
    let known = partitions.filter_map(|partition| u64::try_from(waiting(partition)).ok());
    known.reduce(u64::saturating_add)
}

/// Of one partition; negative where it is not known. librdkafka knows it of one only that something
/// was committed of.
fn waiting(partition: &Partition) -> i64 {
    if partition.committed_offset < 0 && partition.lo_offset >= 0 && partition.hi_offset >= 0 {
        partition.hi_offset - partition.lo_offset
    } else {
        partition.consumer_lag
    }
}

fn settings(ckafka: &Ckafka, pull: &KafkaPull, member: &str, session: Duration) -> ClientConfig {
    let mut settings = connection::settings(&ckafka.brokers, &pull.security);
    settings
        .set("group.id", &pull.group)
        // The newer protocol is silent on brokers before 4, which CKafka's are.
        .set("group.protocol", "classic")
        .set("group.instance.id", member)
        .set("partition.assignment.strategy", "range")
        .set("session.timeout.ms", session.as_millis().to_string())
        .set("heartbeat.interval.ms", "2000")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A group without offsets begins at the earliest record.
        .set("auto.offset.reset", "earliest")
        .set("reconnect.backoff.max.ms", "2000")
        .set("socket.keepalive.enable", "true")
        .set("topic.metadata.refresh.interval.ms", "60000")
        // What is fetched ahead: the memory of a window.
        .set("queued.max.messages.kbytes", "8192")
        .set("queued.min.messages", "2000")
        // Of all partitions of a broker, and of one; a record that is larger comes all the same.
        .set("fetch.max.bytes", "8388608")
        .set("fetch.message.max.bytes", "262144")
        .set("fetch.wait.max.ms", "100")
        // Else a partition of which enough was fetched ahead is fetched from again after a second.
        .set("fetch.queue.backoff.ms", "20")
        .set("statistics.interval.ms", LAG_EVERY_MS);
    settings
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
