//! A member of a consumer group: its settings, and the events that librdkafka reports.

use crate::{
    cause::Cause,
    connection::{self, SettingsError, aside, told},
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

/// The state beside the client, which its callbacks also use.
pub(crate) struct MemberContext {
    source: SourceName,
    offset_tracker: Mutex<OffsetTracker>,
    assigned: Notify,
    /// The number of topics of which this member has partitions.
    topics: Mutex<usize>,
    /// Whether partitions were revoked since the last call.
    has_lost: AtomicBool,
    /// Since when, and why, no offset could be committed.
    uncommitted: Mutex<Option<(Instant, String)>>,
    /// The last error, in the broker's words.
    reason: Mutex<String>,
}

/// An error of the client, by the possible reaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClientError {
    /// The broker refused the credentials, or the use of the group. An operator has to correct
    /// them.
    #[error("{0}")]
    Refused(String),
    /// The user may not read a topic.
    #[error("{0}")]
    Forbidden(String),
    /// The topic does not exist.
    #[error("{0}")]
    Missing(String),
    /// A passing error: the client continues by itself once the broker is back.
    #[error("{0}")]
    Passing(String),
    /// The brokers require another session time-out.
    #[error("{0}")]
    Session(String),
    /// The client cannot continue.
    #[error("{0}")]
    Fatal(String),
}

/// The time without a sign of life after which the group gives a member's partitions to other
/// members. It is longer than the time from one window to the next, so that the next window
/// continues where the last one ended. The second value is used if the brokers do not accept the
/// first.
pub(crate) const SESSIONS: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// How long commits may fail before that is reported.
const UNCOMMITTED: Duration = Duration::from_secs(30);
/// How often the number of waiting records is reported.
const LAG_EVERY_MS: &str = "10000";

impl Client {
    /// Starts to join the group. Sends nothing yet.
    ///
    /// # Errors
    /// librdkafka does not accept the settings.
    pub(crate) fn join(
        source: &SourceName,
        ckafka: &Ckafka,
        pull: &KafkaPull,
        member: &str,
        session: Duration,
    ) -> Result<Self, SettingsError> {
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
        let consumer: StreamConsumer<MemberContext> = settings.create_with_context(watch)?;
        let topics: Vec<&str> = ckafka.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics)?;
        Ok(Client(Some(consumer)))
    }

    /// The consumer; it exists until [`Client::leave`].
    pub(crate) fn consumer(&self) -> Option<&StreamConsumer<MemberContext>> {
        self.0.as_ref()
    }

    /// The records that were received and staged.
    pub(crate) fn offset_tracker(&self) -> Option<MutexGuard<'_, OffsetTracker>> {
        self.0
            .as_ref()
            .map(|consumer| consumer.context().offset_tracker())
    }

    /// The number of topics of which the member has partitions.
    pub(crate) fn topics(&self) -> usize {
        let consumer = self.0.as_ref();
        consumer.map_or(0, |consumer| *lock(&consumer.context().topics))
    }

    /// Whether partitions were revoked since the last call.
    pub(crate) fn has_lost(&self) -> bool {
        let consumer = self.0.as_ref();
        consumer.is_some_and(|consumer| consumer.context().has_lost.swap(false, Ordering::Relaxed))
    }

    /// Why no offset could be committed, if that has lasted too long.
    pub(crate) fn uncommitted(&self) -> Option<String> {
        let uncommitted = lock(&self.0.as_ref()?.context().uncommitted);
        let (since, reason) = uncommitted.as_ref()?;
        (since.elapsed() >= UNCOMMITTED).then(|| reason.clone())
    }

    /// Stops the records of the partitions that are assigned now. The member stays in the group.
    pub(crate) fn pause(&self) {
        self.with_assignment(|consumer, assigned| consumer.pause(assigned));
    }

    /// Lets the records come again.
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

    /// Waits until partitions are assigned, even if there are none. The consumer has to be polled
    /// meanwhile.
    pub(crate) async fn assigned(&self) {
        match &self.0 {
            Some(consumer) => consumer.context().assigned.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Sends the commits that are possible, without waiting for the answer.
    pub(crate) fn commit(&self) {
        let Some(consumer) = &self.0 else {
            return;
        };
        let positions = consumer.context().offset_tracker().to_commit();
        commit(consumer, &positions, CommitMode::Async);
    }

    /// Commits, waits for the answer, and leaves the group.
    ///
    /// All of that blocks for as long as a broker is silent. It runs on a thread of its own, which
    /// nothing waits for. The first records of the next member show whether the broker accepted the
    /// offsets.
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

    /// The error by the possible reaction.
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
        // This line is the only sign that the next record does not exist any more.
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
            // Sent before the group continues, but not awaited: a broker that is gone would delay
            // everything.
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
        // A commit that failed as a whole may list no error for its partitions.
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

/// The number of records that are stored and not committed, in this member's partitions; `None` if
/// no number is known.
fn lag(statistics: &Statistics) -> Option<u64> {
    let topics = statistics.topics.values();
    let partitions = topics.flat_map(|topic| topic.partitions.values());
    let known = partitions.filter_map(|partition| u64::try_from(waiting(partition)).ok());
    known.reduce(u64::saturating_add)
}

/// The lag of one partition; negative if it is not known. librdkafka knows it only for a partition
/// with a committed offset.
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
        // The newer protocol gets no answer from brokers before version 4, and CKafka's are older.
        .set("group.protocol", "classic")
        .set("group.instance.id", member)
        .set("partition.assignment.strategy", "range")
        .set("session.timeout.ms", session.as_millis().to_string())
        .set("heartbeat.interval.ms", "2000")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A group without offsets starts at the earliest record.
        .set("auto.offset.reset", "earliest")
        .set("reconnect.backoff.max.ms", "2000")
        .set("socket.keepalive.enable", "true")
        .set("topic.metadata.refresh.interval.ms", "60000")
        // The records that are fetched ahead: the memory of a window.
        .set("queued.max.messages.kbytes", "8192")
        .set("queued.min.messages", "2000")
        // For all partitions of a broker, and for one. A larger record comes nevertheless.
        .set("fetch.max.bytes", "8388608")
        .set("fetch.message.max.bytes", "262144")
        .set("fetch.wait.max.ms", "100")
        // Otherwise, librdkafka waits a second before it fetches more of a partition of which it
        // has fetched enough ahead.
        .set("fetch.queue.backoff.ms", "20")
        .set("statistics.interval.ms", LAG_EVERY_MS);
    settings
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
