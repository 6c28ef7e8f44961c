//! The one place that knows librdkafka's settings and events.

use crate::ledger::{Ledger, Position};
use rdkafka::{
    ClientConfig, ClientContext, Offset, Statistics, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer},
    error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code},
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thingrelay::{
    config::{Ckafka, KafkaEncryption, KafkaPull},
    occurrence::Occurrence,
    source::SourceName,
};
use tokio::sync::{Notify, oneshot};

/// A member of a consumer group.
pub(crate) struct Client(Option<StreamConsumer<Watch>>);

/// What is kept beside the client, in its callbacks too.
pub(crate) struct Watch {
    source: SourceName,
    ledger: Mutex<Ledger>,
    assigned: Notify,
    /// What went wrong last, in the broker's words.
    reason: Mutex<String>,
}

/// An error of the client, by what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Credentials or rights: somebody has to see to them.
    Refused(String),
    /// There is no such topic.
    Missing(String),
    /// It goes on by itself once the broker is back.
    Passing(String),
    /// The client is no good any more.
    Fatal(String),
}

/// After how long without a sign of life the group gives a member's partitions to others.
const LOST_SESSION_MS: &str = "6000";
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
    ) -> Result<Self, String> {
        let watch = Watch {
            source: source.clone(),
            ledger: Mutex::default(),
            assigned: Notify::new(),
            reason: Mutex::default(),
        };
        let consumer: StreamConsumer<Watch> = settings(ckafka, pull, member)
            .create_with_context(watch)
            .map_err(|error| error.to_string())?;
        let topics: Vec<&str> = ckafka.topics.iter().map(String::as_str).collect();
        consumer
            .subscribe(&topics)
            .map_err(|error| error.to_string())?;
        Ok(Client(Some(consumer)))
    }

    /// The consumer; there until [`Client::leave`].
    pub(crate) fn consumer(&self) -> Option<&StreamConsumer<Watch>> {
        self.0.as_ref()
    }

    /// What is received and staged.
    pub(crate) fn ledger(&self) -> Option<MutexGuard<'_, Ledger>> {
        self.0.as_ref().map(|consumer| consumer.context().ledger())
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
        let positions = consumer.context().ledger().to_commit();
        commit(consumer, &positions, CommitMode::Async);
    }

    /// Commits, waits for the answer, and leaves.
    ///
    /// All of that blocks, for as long as a broker is silent: it is done by a thread that nobody has
    /// to wait for. Whether the broker took the offsets shows in what the next member is handed.
    pub(crate) async fn leave(mut self) {
        let Some(consumer) = self.0.take() else {
            return;
        };
        let (done, left) = oneshot::channel();
        aside(move || {
            let positions = consumer.context().ledger().to_commit();
            commit(&consumer, &positions, CommitMode::Sync);
            drop(consumer);
            let _ = done.send(());
        });
        let _ = left.await;
    }

    /// An error, by what can be done.
    pub(crate) fn trouble(&self, error: &KafkaError) -> Trouble {
        let reason = self
            .0
            .as_ref()
            .map(|consumer| lock(&consumer.context().reason).clone());
        Trouble::of(error, &reason.unwrap_or_default())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(consumer) = self.0.take() {
            aside(move || drop(consumer));
        }
    }
}

/// Where the system has no thread left, it is done on this one.
fn aside(work: impl FnOnce() + Send + 'static) {
    let _ = std::thread::Builder::new().spawn(work);
}

impl Trouble {
    fn of(error: &KafkaError, reason: &str) -> Trouble {
        let text = if reason.is_empty() {
            error.to_string()
        } else {
            reason.to_owned()
        };
        if let KafkaError::MessageConsumptionFatal(_) = error {
            return Trouble::Fatal(text);
        }
        match error.rdkafka_error_code() {
            Some(
                Code::Authentication
                | Code::SaslAuthenticationFailed
                | Code::UnsupportedSASLMechanism
                | Code::IllegalSASLState
                | Code::TopicAuthorizationFailed
                | Code::GroupAuthorizationFailed
                | Code::ClusterAuthorizationFailed,
            ) => Trouble::Refused(text),
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::InvalidTopic) => {
                Trouble::Missing(text)
            }
            // A certificate that is not trusted says nothing about the credentials.
            Some(Code::SSL | Code::Fatal | Code::FencedInstanceId) => Trouble::Fatal(text),
            _ => Trouble::Passing(text),
        }
    }
}

impl Watch {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }
}

impl ClientContext for Watch {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(?level, facility, "{message}");
    }

    fn stats(&self, statistics: Statistics) {
        if let Some(records) = lag(&statistics) {
            let source = &self.source;
            Occurrence::Lag { source, records }.record();
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka");
        *lock(&self.reason) = reason.replace(char::is_control, " ");
    }
}

impl ConsumerContext for Watch {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(partitions) = rebalance {
            let revoked = partitions.elements();
            let positions = self.ledger().revoked(
                revoked
                    .iter()
                    .map(|partition| (partition.topic(), partition.partition())),
            );
            // Sent before the group goes on, and not waited for: a broker that is gone would hold
            // everything up.
            commit(consumer, &positions, CommitMode::Async);
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(_) = rebalance {
            self.assigned.notify_one();
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        if result.is_err() {
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
        self.ledger().committed(&positions);
    }
}

fn commit<C: Consumer<Watch>>(consumer: &C, positions: &[Position], mode: CommitMode) {
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
    let known = partitions.filter_map(|partition| u64::try_from(partition.consumer_lag).ok());
    known.reduce(u64::saturating_add)
}

fn settings(ckafka: &Ckafka, pull: &KafkaPull, member: &str) -> ClientConfig {
    let mut settings = ClientConfig::new();
    let security = &pull.security;
    settings
        .set("bootstrap.servers", ckafka.brokers.join(","))
        .set("client.id", "thingrelay")
        .set("group.id", &pull.group)
        // The newer protocol is silent on brokers before 4, which CKafka's are.
        .set("group.protocol", "classic")
        .set("group.instance.id", member)
        .set("partition.assignment.strategy", "range")
        .set("session.timeout.ms", LOST_SESSION_MS)
        .set("heartbeat.interval.ms", "2000")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A group without offsets begins at the earliest record.
        .set("auto.offset.reset", "earliest")
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "2000")
        .set("socket.keepalive.enable", "true")
        .set("topic.metadata.refresh.interval.ms", "60000")
        // What is fetched ahead: the memory of a window.
        .set("queued.max.messages.kbytes", "8192")
        .set("queued.min.messages", "2000")
        .set("fetch.message.max.bytes", "1048576")
        .set("fetch.wait.max.ms", "100")
        // Else a partition of which enough was fetched ahead is fetched from again after a second.
        .set("fetch.queue.backoff.ms", "20")
        .set("statistics.interval.ms", LAG_EVERY_MS)
        .set("security.protocol", security.protocol())
        .set_log_level(RDKafkaLogLevel::Warning);
    if let Some(login) = &security.login {
        settings
            .set("sasl.mechanism", login.mechanism.as_str())
            .set("sasl.username", &login.username)
            .set("sasl.password", login.password.expose());
    }
    if let KafkaEncryption::Tls(Some(ca)) = &security.encryption {
        settings.set("ssl.ca.pem", ca.pem());
    }
    settings
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
