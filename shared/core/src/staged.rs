//! A message on the staging queue: one line of provenance, then the original.
//!
//! The line is JSON and ends with a line feed. It says how the original is written: as text if SQS
//! accepts the text, else in base64. So a person can read a message in any console, and the
//! consumer reads the original without a copy.

mod again;
mod incoming;
mod reference;

pub use again::AgainError;
pub use incoming::Incoming;
pub use reference::stand_in;

use crate::{
    identity::MessageId,
    panics::PanicError,
    replay::Replay,
    source::{Channel, Platform, SourceName},
    timestamp::Timestamp,
    tuya::{OpenError, SignVerdict},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The most bytes of an original of any content.
///
/// SQS takes 1 MiB per message. In base64 the original has 1,024,000 bytes. That leaves room for
/// the line of provenance and, if the message goes to quarantine, for the line with the reason.
pub const MAX_ORIGINAL_BYTES: usize = 768_000;

/// A message as it was accepted, with what is known of its way here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged<'a> {
    /// The id that the edge gave the message.
    pub id: MessageId,
    /// The source that accepted the message.
    pub source: SourceName,
    /// The platform that the source had at that time.
    pub platform: Platform,
    /// When the message was accepted.
    pub received: Timestamp,
    /// The channel by which the message came, and the channel's facts about it.
    pub transport: Transport<'a>,
    /// Why the edge could not read or stage the message; `None` if it could.
    pub error: Option<EdgeError>,
    /// The run that staged the message again; `None` for a message that an edge has staged.
    pub replay: Option<Replay>,
    /// The bytes as the platform sent them. For an encrypted message, the plaintext if it could be
    /// decrypted.
    pub original: Cow<'a, [u8]>,
}

/// The channel by which a message came, and the channel's facts about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport<'a> {
    /// A signed HTTP call.
    Http,
    /// A record of CKafka.
    Kafka(KafkaProvenance<'a>),
    /// A message of Tuya's message service.
    Pulsar(TuyaProvenance<'a>),
}

impl Transport<'_> {
    /// The channel's name.
    pub fn channel(&self) -> Channel {
        match self {
            Transport::Http => Channel::Http,
            Transport::Kafka(_) => Channel::Ckafka,
            Transport::Pulsar(_) => Channel::Pulsar,
        }
    }
}

/// The place of a record in Kafka.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KafkaProvenance<'a> {
    #[serde(borrow)]
    pub topic: Cow<'a, str>,
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record's own time, by the clock of the broker or of the producer.
    #[serde(with = "millis", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// The record's key, if it is text of at most 512 bytes.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Cow<'a, str>>,
}

/// The facts about a message that Tuya's message service gives besides its plaintext.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TuyaProvenance<'a> {
    /// The topic from which the message was pulled.
    #[serde(borrow)]
    pub topic: Cow<'a, str>,
    /// The broker's id of the message.
    #[serde(borrow)]
    pub message_id: Cow<'a, str>,
    /// When the message was published, by the broker's clock.
    #[serde(with = "millis", default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// The message's property `em`: how it was encrypted.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub em: Option<Cow<'a, str>>,
    /// The envelope's `protocol`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<i64>,
    /// The envelope's `t`, as it came: usually milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t: Option<i64>,
    /// The result of checking the envelope's `sign`.
    pub sign: SignVerdict,
}

/// Why the edge could not open or stage a message. The consumer puts it in quarantine with this
/// reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum EdgeError {
    /// The message is larger than the most that can be staged. The original is a reference to it.
    #[error("the message is larger than what can be staged")]
    TooLarge,
    /// The staging queue refuses the message permanently. The original is a reference to it.
    #[error("the staging queue refused the message permanently")]
    RefusedByQueue,
    /// The edge panicked over the message: a defect of this program.
    #[error("{}", PanicError)]
    Panic,
    /// It cannot be opened.
    #[error(transparent)]
    #[serde(untagged)]
    Unopened(#[from] OpenError),
}

impl EdgeError {
    /// The stable code: part of the interface, in the quarantine queue, counters and documents.
    pub fn code(self) -> &'static str {
        match self {
            EdgeError::TooLarge => "too_large",
            EdgeError::RefusedByQueue => "refused_by_queue",
            EdgeError::Panic => "panic",
            EdgeError::Unopened(error) => error.code(),
        }
    }

    /// The version of the line that introduced the error.
    fn since(self) -> u8 {
        match self {
            EdgeError::Unopened(_) | EdgeError::TooLarge => 1,
            EdgeError::RefusedByQueue | EdgeError::Panic => 2,
        }
    }
}

impl From<PanicError> for EdgeError {
    fn from(_: PanicError) -> Self {
        EdgeError::Panic
    }
}

/// Why a record of the staging queue cannot be read. Another try changes nothing, except for
/// [`StagedError::NewerVersion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StagedError {
    /// No line feed ends the line of provenance.
    #[error("the record has no line of provenance")]
    NoProvenance,
    /// The line is not provenance of a version that this program knows.
    #[error("the line of provenance does not parse")]
    MalformedProvenance,
    /// The line says that the original is base64, but it is not.
    #[error("the original is not base64")]
    MalformedOriginal,
    /// A newer edge has written the line, and a consumer of its version can read it. The record has
    /// to be returned to the queue until there is such a consumer.
    #[error(
        "the line of provenance is of version {0}, and this program knows versions up to {VERSION}"
    )]
    NewerVersion(u64),
}

impl StagedError {
    /// Only the version of a newer line is expected to parse.
    fn of_line(line: &str) -> Self {
        #[derive(Deserialize)]
        struct Version {
            v: u64,
        }
        match serde_json::from_str(line) {
            Ok(Version { v }) if v > u64::from(VERSION) => StagedError::NewerVersion(v),
            _ => StagedError::MalformedProvenance,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ProvenanceLine<'a> {
    v: u8,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    platform: Platform,
    channel: Channel,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    received: i64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    kafka: Option<Cow<'a, KafkaProvenance<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    tuya: Option<Cow<'a, TuyaProvenance<'a>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<EdgeError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replay: Option<Cow<'a, Replay>>,
    encoding: Encoding,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Text,
    Base64,
}

/// The newest version of the line that this program knows. Every new member of the line, and every
/// new word in a member, raises the version: an older consumer then returns the record to the queue
/// instead of misreading it. A record is written in the lowest version that has everything it
/// needs, so that an older consumer can read what it knows.
///
/// | version | what came with it |
/// |---|---|
/// | 1 | everything that is not listed below |
/// | 2 | the failures `refused_by_queue` and `panic` |
/// | 3 | `replay` |
const VERSION: u8 = 3;

impl<'a> Staged<'a> {
    /// The body of the SQS message.
    #[expect(
        clippy::expect_used,
        reason = "names and numbers are serialised to memory"
    )]
    pub fn to_body(&self) -> String {
        let text = std::str::from_utf8(&self.original)
            .ok()
            .filter(|text| sqs_takes(text));
        let line = ProvenanceLine {
            v: self.version(),
            id: Cow::Borrowed(self.id.as_str()),
            source: Cow::Borrowed(self.source.as_str()),
            platform: self.platform,
            channel: self.transport.channel(),
            received: self.received.unix_millis(),
            kafka: match &self.transport {
                Transport::Kafka(record) => Some(Cow::Borrowed(record)),
                Transport::Http | Transport::Pulsar(_) => None,
            },
            tuya: match &self.transport {
                Transport::Pulsar(message) => Some(Cow::Borrowed(message)),
                Transport::Http | Transport::Kafka(_) => None,
            },
            failure: self.error,
            replay: self.replay.as_ref().map(Cow::Borrowed),
            encoding: if text.is_some() {
                Encoding::Text
            } else {
                Encoding::Base64
            },
        };
        let mut body = serde_json::to_string(&line).expect("names and numbers serialise to memory");
        for (refused, escaped) in [('\u{fffe}', "\\ufffe"), ('\u{ffff}', "\\uffff")] {
            if body.contains(refused) {
                body = body.replace(refused, escaped);
            }
        }
        body.push('\n');
        match text {
            Some(text) => body.push_str(text),
            None => BASE64.encode_string(&self.original, &mut body),
        }
        body
    }

    /// The lowest version of the line that has everything.
    fn version(&self) -> u8 {
        match (&self.replay, self.error) {
            (Some(_), _) => 3,
            (None, error) => error.map_or(1, EdgeError::since),
        }
    }

    /// Reads the body of an SQS message.
    pub fn from_body(body: &'a str) -> Result<Staged<'a>, StagedError> {
        let (line, rest) = body.split_once('\n').ok_or(StagedError::NoProvenance)?;
        let line: ProvenanceLine<'_> = serde_json::from_str(line)
            .ok()
            .filter(|line: &ProvenanceLine<'_>| (1..=VERSION).contains(&line.v))
            .ok_or_else(|| StagedError::of_line(line))?;
        let original = match line.encoding {
            Encoding::Text => Cow::Borrowed(rest.as_bytes()),
            Encoding::Base64 => Cow::Owned(
                BASE64
                    .decode(rest)
                    .map_err(|_| StagedError::MalformedOriginal)?,
            ),
        };
        Ok(Staged {
            id: MessageId::parse(&line.id).ok_or(StagedError::MalformedProvenance)?,
            source: SourceName::parse(&line.source).ok_or(StagedError::MalformedProvenance)?,
            platform: line.platform,
            received: Timestamp::from_unix_millis(line.received),
            transport: match (line.channel, line.kafka, line.tuya) {
                (Channel::Http, None, None) => Transport::Http,
                (Channel::Ckafka, Some(record), None) => Transport::Kafka(record.into_owned()),
                (Channel::Pulsar, None, Some(message)) => Transport::Pulsar(message.into_owned()),
                _ => return Err(StagedError::MalformedProvenance),
            },
            error: line.failure,
            replay: line.replay.map(Cow::into_owned),
            original,
        })
    }
}

/// A point in time as a number of milliseconds since 1970.
mod millis {
    use crate::timestamp::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(Timestamp::unix_millis).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let millis: Option<i64> = Deserialize::deserialize(deserializer)?;
        Ok(millis.map(Timestamp::from_unix_millis))
    }
}

/// Whether SQS takes every character of the text: those that are legal in XML 1.0.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>.
pub fn sqs_takes(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
    })
}

#[cfg(test)]
mod tests;
