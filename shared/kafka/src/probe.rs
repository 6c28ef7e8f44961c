//! Tries a source's cluster as a pull uses it, without leaving a trace: it joins no group and
//! commits nothing.
//!
//! Only a caller of `poll` learns from the client why it cannot connect. A caller that only asks
//! for metadata learns that the time is over.

use crate::cause::Cause;
use crate::connection;
use rdkafka::{
    ClientContext, Message as _, Offset, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code},
    message::BorrowedMessage,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use thingrelay_core::{
    config::{Ckafka, KafkaPull},
    kafka::Record,
};

/// How long the steps may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeTimeouts {
    /// For each answer of the cluster, including the connection.
    pub answer: Duration,
    /// For a first record if there is none.
    pub record: Duration,
}

/// The answers of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReport {
    /// The number of partitions of each topic.
    pub topics: Vec<(String, Result<usize, ProbeError>)>,
    /// The status of the group; `None` if there is no topic.
    pub group: Option<Result<GroupStatus, ProbeError>>,
    /// The last record of all topics; `None` if none came in time.
    pub last: Result<Option<LastRecord>, ProbeError>,
}

/// The status of a consumer group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupStatus {
    /// Whether it has committed any offset of the topics.
    pub has_committed: bool,
    /// The records before the group; `None` if the broker does not say where the partitions begin
    /// and end.
    pub lag: Option<Lag>,
}

/// The records before a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// The number of records that wait for the group: all records if it has committed nothing.
    pub waiting: u64,
    /// The number of offsets that the group has missed: the broker deleted the records before they
    /// were read.
    pub deleted: u64,
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRecord {
    pub topic: String,
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    /// The value; `None` for a tombstone.
    pub value: Option<Vec<u8>>,
}

/// The problem, in the words of the client or the broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// No connection.
    #[error("{0}")]
    Unreachable(String),
    /// TLS failed: the certificate is not trusted, or the other side does not speak TLS.
    #[error("{0}")]
    Tls(String),
    /// The broker does not know this user, password or mechanism.
    #[error("{0}")]
    Refused(String),
    /// The broker knows the user, but the user may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The topic does not exist.
    #[error("{0}")]
    Missing(String),
}

/// How long one question may block.
const SLICE: Duration = Duration::from_millis(500);
/// How long to wait for the other partitions once one has delivered its last record.
const GRACE: Duration = Duration::from_secs(1);

/// How long to try again after a connection has failed: another broker may be there.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tries a source.
///
/// # Errors
/// Nothing can be learnt from the cluster.
pub async fn probe(
    ckafka: &Ckafka,
    pull: &KafkaPull,
    timeouts: ProbeTimeouts,
) -> Result<ProbeReport, ProbeError> {
    let (ckafka, pull) = (ckafka.clone(), pull.clone());
    let work = move || Probe::new(&ckafka, &pull, timeouts)?.run(&ckafka.topics);
    let probed = tokio::task::spawn_blocking(work).await;
    probed.unwrap_or_else(|error| Err(ProbeError::Unreachable(error.to_string())))
}

struct Probe {
    consumer: BaseConsumer<ProbeContext>,
    timeouts: ProbeTimeouts,
}

/// The errors that the client reports over time.
#[derive(Default)]
struct ProbeContext(Mutex<Vec<(Code, String)>>);

/// Topic and partition.
type Place = (String, i32);

/// The first offset that exists, and the next one to be written.
type Ends = BTreeMap<Place, (i64, i64)>;

impl Probe {
    fn new(
        ckafka: &Ckafka,
        pull: &KafkaPull,
        timeouts: ProbeTimeouts,
    ) -> Result<Probe, ProbeError> {
        let mut settings = connection::settings(&ckafka.brokers, &pull.security);
        settings
            .set("group.id", &pull.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("reconnect.backoff.max.ms", "500")
            .set("fetch.wait.max.ms", "100")
            .set("queued.min.messages", "1");
        let consumer = settings.create_with_context(ProbeContext::default());
        Ok(Probe {
            consumer: consumer
                .map_err(|error| ProbeError::Unreachable(connection::told(&error)))?,
            timeouts,
        })
    }

    fn run(&self, topics: &[String]) -> Result<ProbeReport, ProbeError> {
        let mut partitions: Vec<Place> = Vec::new();
        let mut found = Vec::new();
        for topic in topics {
            let counted = match self.partitions(topic) {
                Ok(numbers) => {
                    partitions.extend(numbers.iter().map(|number| (topic.clone(), *number)));
                    Ok(numbers.len())
                }
                Err(trouble @ (ProbeError::Missing(_) | ProbeError::Forbidden(_))) => Err(trouble),
                Err(trouble) => return Err(trouble),
            };
            found.push((topic.clone(), counted));
        }
        if partitions.is_empty() {
            return Ok(ProbeReport {
                topics: found,
                group: None,
                last: Ok(None),
            });
        }
        let committed = self.committed(&partitions);
        let ends = self.ends(&partitions);
        let status = committed.map(|committed| GroupStatus {
            has_committed: !committed.is_empty(),
            lag: ends.as_ref().ok().map(|ends| lag(ends, &committed)),
        });
        Ok(ProbeReport {
            topics: found,
            group: Some(status),
            last: ends.and_then(|ends| self.last(&ends)),
        })
    }

    fn partitions(&self, topic: &str) -> Result<Vec<i32>, ProbeError> {
        let metadata = self.ask(|slice| self.consumer.fetch_metadata(Some(topic), slice))?;
        let mut topics = metadata.topics().iter();
        let Some(found) = topics.find(|found| found.name() == topic) else {
            return Err(ProbeError::Missing(format!(
                "the cluster has no topic {topic}"
            )));
        };
        if let Some(error) = found.error() {
            let code = Code::from(error);
            return Err(ProbeError::of(
                code,
                &KafkaError::MetadataFetch(code).to_string(),
            ));
        }
        Ok(found.partitions().iter().map(|one| one.id()).collect())
    }

    /// The offsets that the group has committed. Only a user that may use the group can ask for
    /// them.
    fn committed(&self, partitions: &[Place]) -> Result<BTreeMap<Place, i64>, ProbeError> {
        let mut wanted = TopicPartitionList::with_capacity(partitions.len());
        for (topic, partition) in partitions {
            wanted.add_partition(topic, *partition);
        }
        let answered = self.ask(|slice| {
            let answered = self.consumer.committed_offsets(wanted.clone(), slice)?;
            for partition in answered.elements() {
                partition.error()?;
            }
            Ok(answered)
        })?;
        let offsets = answered.elements();
        let offsets = offsets.iter().filter_map(|one| match one.offset() {
            Offset::Offset(next) => Some(((one.topic().to_owned(), one.partition()), next)),
            _ => None,
        });
        Ok(offsets.collect())
    }

    fn ends(&self, partitions: &[Place]) -> Result<Ends, ProbeError> {
        let mut ends = Ends::new();
        for (topic, partition) in partitions {
            let found =
                self.ask(|slice| self.consumer.fetch_watermarks(topic, *partition, slice))?;
            ends.insert((topic.clone(), *partition), found);
        }
        Ok(ends)
    }

    /// The last of the existing records, or else the first record that comes.
    fn last(&self, ends: &Ends) -> Result<Option<LastRecord>, ProbeError> {
        let filled = ends.values().filter(|(low, high)| low < high).count();
        let mut from = TopicPartitionList::with_capacity(ends.len());
        for ((topic, partition), (low, high)) in ends {
            let offset = if low < high { high - 1 } else { *high };
            if filled == 0 || low < high {
                let added = from.add_partition_offset(topic, *partition, Offset::Offset(offset));
                added.map_err(|error| ProbeError::Unreachable(error.to_string()))?;
            }
        }
        self.watch().forget();
        let assigned = self.consumer.assign(&from);
        assigned.map_err(|error| ProbeError::Unreachable(error.to_string()))?;
        let limit = if filled == 0 {
            self.timeouts.record
        } else {
            self.timeouts.answer
        };
        let mut deadline = Instant::now() + limit;
        let mut records: BTreeMap<Place, LastRecord> = BTreeMap::new();
        while records.len() < filled.max(1) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            match self.consumer.poll(left.min(SLICE)) {
                Some(Ok(message)) => {
                    let last = LastRecord::of(&message);
                    deadline = deadline.min(Instant::now() + GRACE);
                    records.insert((last.topic.clone(), last.partition), last);
                }
                Some(Err(error)) => {
                    if let Some(trouble) = self.decided(&error) {
                        return Err(trouble);
                    }
                }
                None => {}
            }
        }
        let last = records.into_values().max_by_key(|last| last.timestamp);
        match (last, self.watch().first()) {
            (Some(last), _) => Ok(Some(last)),
            (None, Some((code, reason))) => Err(ProbeError::of(code, &reason)),
            (None, None) => Ok(None),
        }
    }

    /// Asks until there is an answer, and meanwhile collects the errors that the client reports.
    fn ask<T>(&self, question: impl Fn(Duration) -> KafkaResult<T>) -> Result<T, ProbeError> {
        let mut deadline = Instant::now() + self.timeouts.answer;
        let mut is_impatient = false;
        self.watch().forget();
        loop {
            let error = match question(SLICE) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if let Some(trouble) = self.decided(&error) {
                return Err(trouble);
            }
            while let Some(told) = self.consumer.poll(Duration::ZERO) {
                let Err(error) = told else { continue };
                if let Some(trouble) = self.decided(&error) {
                    return Err(trouble);
                }
            }
            let told = self.watch().first();
            if told.is_some() && !is_impatient {
                is_impatient = true;
                deadline = deadline.min(Instant::now() + PATIENCE);
            }
            if Instant::now() >= deadline {
                return Err(match told {
                    Some((code, reason)) => ProbeError::of(code, &reason),
                    None => ProbeError::Unreachable(self.silence(&error)),
                });
            }
        }
    }

    /// The text if the client reports nothing.
    fn silence(&self, error: &KafkaError) -> String {
        match error.rdkafka_error_code() {
            Some(Code::BrokerTransportFailure) => {
                "the broker closes the connection without an answer".to_owned()
            }
            _ => format!("no answer within {} s", self.timeouts.answer.as_secs_f64()),
        }
    }

    /// The error, if waiting does not help.
    fn decided(&self, error: &KafkaError) -> Option<ProbeError> {
        let code = error.rdkafka_error_code()?;
        let reason = self.watch().of(code);
        let is_down = code == Code::AllBrokersDown;
        let (code, reason) = match self.watch().first() {
            Some(first) if is_down => first,
            _ => (code, reason.unwrap_or_else(|| error.to_string())),
        };
        let trouble = ProbeError::of(code, &reason);
        (is_down || !matches!(trouble, ProbeError::Unreachable(_))).then_some(trouble)
    }

    fn watch(&self) -> &ProbeContext {
        self.consumer.context()
    }
}

impl LastRecord {
    fn of(message: &BorrowedMessage<'_>) -> LastRecord {
        LastRecord {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
        }
    }

    /// The same record, in the form from which it is staged.
    pub fn record(&self) -> Record<'_> {
        Record {
            topic: &self.topic,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
        }
    }
}

impl ProbeError {
    fn of(code: Code, reason: &str) -> ProbeError {
        let reason = reason.to_owned();
        match Cause::of(code) {
            Cause::Credentials => ProbeError::Refused(reason),
            Cause::Tls => ProbeError::Tls(reason),
            Cause::TopicForbidden | Cause::GroupForbidden => ProbeError::Forbidden(reason),
            Cause::UnknownTopic | Cause::UnknownPartition => ProbeError::Missing(reason),
            Cause::SessionTimeout
            | Cause::Fatal
            | Cause::Unreachable
            | Cause::TimedOut
            | Cause::Other => ProbeError::Unreachable(reason),
        }
    }
}

impl ProbeContext {
    fn told(&self) -> MutexGuard<'_, Vec<(Code, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        self.told().clear();
    }

    /// The first error that says more than that no broker can be reached.
    fn first(&self) -> Option<(Code, String)> {
        let told = self.told();
        let mut told = told.iter();
        told.find(|(code, _)| *code != Code::AllBrokersDown)
            .cloned()
    }

    /// The last report of this kind.
    fn of(&self, code: Code) -> Option<String> {
        let told = self.told();
        let mut told = told.iter().rev();
        told.find(|(other, _)| *other == code)
            .map(|(_, reason)| reason.clone())
    }
}

impl ClientContext for ProbeContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(?level, facility, "{message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka");
        if let Some(code) = error.rdkafka_error_code() {
            let reason = reason.replace(char::is_control, " ");
            self.told().push((code, reason));
        }
    }
}

impl ConsumerContext for ProbeContext {}

fn lag(ends: &Ends, committed: &BTreeMap<Place, i64>) -> Lag {
    let count = |from: i64, to: i64| u64::try_from(to.saturating_sub(from)).unwrap_or(0);
    let mut lag = Lag::default();
    for (place, (low, high)) in ends {
        let next = *committed.get(place).unwrap_or(low);
        lag.waiting += count(next.max(*low), *high);
        lag.deleted += count(next, *low);
    }
    lag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_what_is_there_and_not_committed() {
        let place = |partition| ("iot".to_owned(), partition);
        let ends: Ends = [
            (place(0), (0, 10)),
            (place(1), (5, 9)),
            (place(2), (7, 7)),
            (place(3), (8, 12)),
        ]
        .into();
        let before = |waiting, deleted| Lag { waiting, deleted };
        assert_eq!(lag(&ends, &BTreeMap::new()), before(10 + 4 + 4, 0));
        // In partition 3, the next record is deleted; in partition 0, the group is beyond the end.
        let committed = [(place(0), 11), (place(1), 7), (place(3), 2)].into();
        assert_eq!(lag(&ends, &committed), before(2 + 4, 6));
    }

    #[test]
    fn trouble_is_told_apart_by_what_can_be_done() {
        for (code, expected) in [
            (Code::Authentication, ProbeError::Refused("r".to_owned())),
            (Code::SSL, ProbeError::Tls("r".to_owned())),
            (
                Code::GroupAuthorizationFailed,
                ProbeError::Forbidden("r".to_owned()),
            ),
            (
                Code::TopicAuthorizationFailed,
                ProbeError::Forbidden("r".to_owned()),
            ),
            (
                Code::UnknownTopicOrPartition,
                ProbeError::Missing("r".to_owned()),
            ),
            (
                Code::BrokerTransportFailure,
                ProbeError::Unreachable("r".to_owned()),
            ),
            (
                Code::OperationTimedOut,
                ProbeError::Unreachable("r".to_owned()),
            ),
        ] {
            assert_eq!(ProbeError::of(code, "r"), expected);
        }
    }

    #[test]
    fn the_reason_is_what_was_told_first_and_not_that_nobody_is_there() {
        let watch = ProbeContext::default();
        watch.error(KafkaError::Global(Code::AllBrokersDown), "1/1");
        assert_eq!(watch.first(), None);
        watch.error(KafkaError::Global(Code::Resolve), "no\nsuch host");
        watch.error(KafkaError::Global(Code::BrokerTransportFailure), "gone");
        let first = (Code::Resolve, "no such host".to_owned());
        assert_eq!(watch.first(), Some(first));
        assert_eq!(watch.of(Code::AllBrokersDown).as_deref(), Some("1/1"));
    }
}
