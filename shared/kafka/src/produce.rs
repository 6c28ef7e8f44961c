//! Produces records to a topic, for `send`, which plays a platform.

use crate::cause::Cause;
use crate::connection::{self, SettingsError};
use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    error::{KafkaError, RDKafkaErrorCode as Code},
    producer::{FutureProducer, FutureRecord, Producer as _, PurgeConfig},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use thingrelay_core::config::KafkaSecurity;
use tokio::sync::Notify;

/// Produces to one topic. Clones share a connection.
#[derive(Clone)]
pub struct Producer {
    producer: FutureProducer<Events>,
    watch: Arc<ProducerContext>,
    topic: String,
}

/// Why a record is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {reason}")]
pub struct ProduceError {
    /// A stable code: `credentials_refused`, `tls`, `unreachable`, `timeout`, `unknown_topic`, or the
    /// broker's own error in lower case, such as `topic_authorization_failed`.
    pub code: String,
    /// The reason, in the words of the client or the broker.
    pub reason: String,
}

/// The last failure of the connection.
#[derive(Default)]
struct ProducerContext {
    failure: Mutex<Option<ConnectionFailure>>,
    /// Notified of an error that does not go away by waiting.
    for_good: Notify,
}

#[derive(Debug, Clone)]
struct ConnectionFailure {
    code: Code,
    reason: String,
    since: Instant,
}

/// For how long no record is tried after a failure that an operator has to fix. The client connects
/// again meanwhile.
const HOPELESS: Duration = Duration::from_secs(1);

/// Receives the client's events.
struct Events(Arc<ProducerContext>);

impl Producer {
    /// Makes a producer, and connects nothing yet. A record is given up after `limit`.
    ///
    /// # Errors
    /// The client does not accept the settings.
    pub fn new(
        brokers: &[String],
        security: &KafkaSecurity,
        topic: &str,
        limit: Duration,
    ) -> Result<Producer, SettingsError> {
        let mut settings = connection::settings(brokers, security);
        settings
            .set("message.timeout.ms", limit.as_millis().max(1).to_string())
            .set("reconnect.backoff.max.ms", "500")
            // A missing topic is reported at once.
            .set("topic.metadata.propagation.max.ms", "500")
            .set("linger.ms", "1")
            .set("message.max.bytes", "10000000")
            // Selects the same partition for a key as Kafka's own clients.
            .set("partitioner", "murmur2_random");
        let watch = Arc::<ProducerContext>::default();
        let producer = settings.create_with_context(Events(Arc::clone(&watch)));
        Ok(Producer {
            producer: producer?,
            watch,
            topic: topic.to_owned(),
        })
    }

    /// Produces a record, and waits until it is stored. Returns how long that took.
    ///
    /// # Errors
    /// See [`ProduceError`].
    pub async fn produce(&self, key: &str, value: &[u8]) -> Result<Duration, ProduceError> {
        if let Some(error) = self.watch.hopeless() {
            return Err(error);
        }
        let hopeless = self.watch.for_good.notified();
        let started = Instant::now();
        let record = FutureRecord::to(&self.topic).key(key).payload(value);
        let delivered = self.producer.send(record, Duration::ZERO);
        tokio::pin!(delivered);
        let delivery = tokio::select! {
            delivery = &mut delivered => delivery,
            () = hopeless => {
                self.producer.purge(PurgeConfig::default().queue());
                delivered.await
            }
        };
        match delivery {
            Ok(_) => {
                *self.watch.failure() = None;
                Ok(started.elapsed())
            }
            Err((error, _)) => Err(self.watch.explain(&error)),
        }
    }
}

impl ProducerContext {
    fn failure(&self) -> MutexGuard<'_, Option<ConnectionFailure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A record that was not sent in time was waiting for the connection.
    fn explain(&self, error: &KafkaError) -> ProduceError {
        let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
        let waited = matches!(code, Code::MessageTimedOut | Code::PurgeQueue);
        let (code, reason) = match &*self.failure() {
            Some(failure) if waited => (failure.code, failure.reason.clone()),
            _ => (code, error.to_string()),
        };
        ProduceError {
            code: code_of(code),
            reason,
        }
    }

    /// Why the next record will not be stored either.
    fn hopeless(&self) -> Option<ProduceError> {
        let failure = self.failure();
        let failure = failure.as_ref()?;
        let is_hopeless =
            Cause::of(failure.code).is_permanent() && failure.since.elapsed() < HOPELESS;
        is_hopeless.then(|| ProduceError {
            code: code_of(failure.code),
            reason: failure.reason.clone(),
        })
    }

    fn hear(&self, code: Code, reason: &str) {
        let mut failure = self.failure();
        // The event does not name the reason, which was reported before.
        if code == Code::AllBrokersDown && failure.is_some() {
            return;
        }
        *failure = Some(ConnectionFailure {
            code,
            reason: reason.replace(char::is_control, " "),
            since: Instant::now(),
        });
        if Cause::of(code).is_permanent() {
            self.for_good.notify_waiters();
        }
    }
}

impl ClientContext for Events {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(?level, facility, "{message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka");
        if let Some(code) = error.rdkafka_error_code() {
            self.0.hear(code, reason);
        }
    }
}

fn code_of(code: Code) -> String {
    let known = match Cause::of(code) {
        Cause::Credentials => "credentials_refused",
        Cause::Tls => "tls",
        Cause::Unreachable => "unreachable",
        Cause::TimedOut => "timeout",
        Cause::UnknownTopic => "unknown_topic",
        Cause::TopicForbidden
        | Cause::GroupForbidden
        | Cause::UnknownPartition
        | Cause::SessionTimeout
        | Cause::Fatal
        | Cause::Other => return in_lower_case(&format!("{code:?}")),
    };
    known.to_owned()
}

/// `TopicAuthorizationFailed` as `topic_authorization_failed`.
fn in_lower_case(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_code() {
        for (code, expected) in [
            (Code::Authentication, "credentials_refused"),
            (Code::BrokerTransportFailure, "unreachable"),
            (Code::MessageTimedOut, "timeout"),
            (Code::UnknownTopic, "unknown_topic"),
            (Code::TopicAuthorizationFailed, "topic_authorization_failed"),
            (Code::MessageSizeTooLarge, "message_size_too_large"),
        ] {
            assert_eq!(code_of(code), expected);
        }
    }

    #[test]
    fn a_record_that_waited_in_vain_tells_of_the_connection() {
        let watch = ProducerContext::default();
        let waited = KafkaError::MessageProduction(Code::MessageTimedOut);
        let refused = KafkaError::MessageProduction(Code::TopicAuthorizationFailed);
        assert_eq!(watch.explain(&waited).code, "timeout");
        watch.hear(Code::BrokerTransportFailure, "Connection\nrefused");
        watch.hear(Code::AllBrokersDown, "1/1 brokers");
        assert_eq!(
            watch.explain(&waited),
            ProduceError {
                code: "unreachable".to_owned(),
                reason: "Connection refused".to_owned()
            }
        );
        assert_eq!(watch.explain(&refused).code, "topic_authorization_failed");
        assert_eq!(watch.hopeless(), None);
        watch.hear(Code::Authentication, "no");
        let hopeless = watch.hopeless().map(|error| error.code);
        assert_eq!(hopeless.as_deref(), Some("credentials_refused"));
    }
}
