//! A message on the staging queue: one line of provenance, then the original.
//!
//! The line is JSON, ends with a line feed and says how the original follows: as text where SQS
//! takes it as it is, else in base64. So a message can be read in any console, and the consumer
//! reads the original without a copy.

use crate::{
    identity::MessageId,
    panics::Panicked,
    source::{Channel, Platform, SourceName},
    timestamp::Timestamp,
    tuya::SignVerdict,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The most bytes that an original may have, whatever they are.
///
/// SQS takes 1 MiB a message. In base64 these make 1,024,000 bytes, which leaves room for the line
/// of provenance and, if the message comes to quarantine, for the line that says why.
pub const MAX_ORIGINAL_BYTES: usize = 768_000;

/// A message as it was accepted, with what is known of its way to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged<'a> {
    /// The identity that the edge gave it.
    pub id: MessageId,
    /// The source that accepted it.
    pub source: SourceName,
    /// The source's platform at that time.
    pub platform: Platform,
    /// The channel by which it came.
    pub channel: Channel,
    /// When it was accepted.
    pub received: Timestamp,
    /// What the channel tells of it besides.
    pub delivery: Delivery<'a>,
    /// Why the edge could not open or stage it, where it could not.
    pub failure: Option<Failure>,
    /// The bytes as the platform sent them: of an encrypted message the plaintext, if it could be
    /// opened.
    pub original: Cow<'a, [u8]>,
}

/// What a channel tells of a message besides the message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Delivery<'a> {
    /// Nothing.
    #[default]
    Http,
    /// Where the record stands in its Kafka topic.
    Kafka(KafkaDelivery<'a>),
    /// What Tuya's message service does.
    Tuya(TuyaDelivery<'a>),
}

/// Where a record stands in its Kafka topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KafkaDelivery<'a> {
    /// The topic.
    #[serde(borrow)]
    pub topic: Cow<'a, str>,
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record's own time, by the broker's clock or the producer's.
    #[serde(with = "millis", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// The record's key, where it is text of at most 512 bytes.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Cow<'a, str>>,
}

/// What Tuya's message service tells of a message besides its plaintext.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TuyaDelivery<'a> {
    /// The topic that it was pulled from.
    #[serde(borrow)]
    pub topic: Cow<'a, str>,
    /// The broker's id of it.
    #[serde(borrow)]
    pub message_id: Cow<'a, str>,
    /// When it was published, by the broker's clock.
    #[serde(with = "millis", default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// Its property `em`: how it was encrypted.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub em: Option<Cow<'a, str>>,
    /// The envelope's `protocol`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<i64>,
    /// The envelope's `t`, as it came: milliseconds, as a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t: Option<i64>,
    /// What the edge found about the envelope's `sign`.
    pub sign: SignVerdict,
}

/// Why the edge could not open or stage a message. The consumer puts it in quarantine with this
/// reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The envelope is not a JSON object.
    #[error("the envelope is not a JSON object")]
    NotJson,
    /// The envelope has no `data`.
    #[error("the envelope has no data")]
    NoData,
    /// What should be base64 is not.
    #[error("the data is neither base64 nor hexadecimal")]
    NotBase64,
    /// The key does not open it: another key's, changed under way, or encrypted in a way that is
    /// not known here.
    #[error("the key does not decrypt the data")]
    DecryptionFailed,
    /// Its sign does not fit, and the source says that it must.
    #[error("the sign does not fit")]
    BadSignature,
    /// It is larger than what can be staged: the original is a reference to it.
    #[error("the message is larger than what can be staged")]
    TooLarge,
    /// The staging queue refuses it for good: the original is a reference to it.
    #[error("the staging queue refused the message for good")]
    RefusedByQueue,
    /// The edge panicked over it: a defect of this program.
    #[error("the work on the message panicked: this is a defect, and another try changes nothing")]
    Panic,
}

impl Failure {
    /// The stable word: part of the interface, in the quarantine queue, counters and documents.
    pub fn word(self) -> &'static str {
        match self {
            Failure::NotJson => "not_json",
            Failure::NoData => "no_data",
            Failure::NotBase64 => "not_base64",
            Failure::DecryptionFailed => "decryption_failed",
            Failure::BadSignature => "bad_signature",
            Failure::TooLarge => "too_large",
            Failure::RefusedByQueue => "refused_by_queue",
            Failure::Panic => "panic",
        }
    }

    /// The version of the line that it came with.
    fn since(self) -> u8 {
        match self {
            Failure::NotJson
            | Failure::NoData
            | Failure::NotBase64
            | Failure::DecryptionFailed
            | Failure::BadSignature
            | Failure::TooLarge => 1,
            Failure::RefusedByQueue | Failure::Panic => 2,
        }
    }
}

impl From<Panicked> for Failure {
    fn from(_: Panicked) -> Self {
        Failure::Panic
    }
}

/// Why a record of the staging queue cannot be read back. Another try changes nothing, except for
/// [`UnreadableRecord::NewerVersion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableRecord {
    /// No line feed ends the line of provenance.
    #[error("the record has no line of provenance")]
    NoProvenance,
    /// The line is no provenance of a version that is known here.
    #[error("the line of provenance does not parse")]
    MalformedProvenance,
    /// The original is said to be base64 and is not.
    #[error("the original is not base64")]
    MalformedOriginal,
    /// A newer edge has written the line: a consumer of its version can read it. The record is to
    /// be handed back until there is one.
    #[error(
        "the line of provenance is of version {0}, and this program knows versions up to {VERSION}"
    )]
    NewerVersion(u64),
}

impl UnreadableRecord {
    /// Of a newer line the version alone can be expected to parse.
    fn of_line(line: &str) -> Self {
        #[derive(Deserialize)]
        struct Version {
            v: u64,
        }
        match serde_json::from_str(line) {
            Ok(Version { v }) if v > u64::from(VERSION) => UnreadableRecord::NewerVersion(v),
            _ => UnreadableRecord::MalformedProvenance,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
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
    kafka: Option<Cow<'a, KafkaDelivery<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    tuya: Option<Cow<'a, TuyaDelivery<'a>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    encoding: Encoding,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Text,
    Base64,
}

/// The newest version of the line that is known here. Every new member, and every new word of a
/// member, raises it: an older consumer then hands the record back instead of misreading it. A
/// record is written in the lowest version that has all of it, so that an older consumer can read
/// what it knows.
///
/// | version | what came with it |
/// |---|---|
/// | 1 | all that is not named below |
/// | 2 | the failures `refused_by_queue` and `panic` |
const VERSION: u8 = 2;

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
        let line = Line {
            v: self.failure.map_or(1, Failure::since),
            id: Cow::Borrowed(self.id.as_str()),
            source: Cow::Borrowed(self.source.as_str()),
            platform: self.platform,
            channel: self.channel,
            received: self.received.unix_millis(),
            kafka: match &self.delivery {
                Delivery::Kafka(delivery) => Some(Cow::Borrowed(delivery)),
                Delivery::Http | Delivery::Tuya(_) => None,
            },
            tuya: match &self.delivery {
                Delivery::Tuya(delivery) => Some(Cow::Borrowed(delivery)),
                Delivery::Http | Delivery::Kafka(_) => None,
            },
            failure: self.failure,
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

    /// Reads the body of an SQS message back.
    pub fn from_body(body: &'a str) -> Result<Staged<'a>, UnreadableRecord> {
        let (line, rest) = body
            .split_once('\n')
            .ok_or(UnreadableRecord::NoProvenance)?;
        let line: Line<'_> = serde_json::from_str(line)
            .ok()
            .filter(|line: &Line<'_>| (1..=VERSION).contains(&line.v))
            .ok_or_else(|| UnreadableRecord::of_line(line))?;
        let original = match line.encoding {
            Encoding::Text => Cow::Borrowed(rest.as_bytes()),
            Encoding::Base64 => Cow::Owned(
                BASE64
                    .decode(rest)
                    .map_err(|_| UnreadableRecord::MalformedOriginal)?,
            ),
        };
        Ok(Staged {
            id: MessageId::parse(&line.id).ok_or(UnreadableRecord::MalformedProvenance)?,
            source: SourceName::parse(&line.source).ok_or(UnreadableRecord::MalformedProvenance)?,
            platform: line.platform,
            channel: line.channel,
            received: Timestamp::from_unix_millis(line.received),
            delivery: match (line.kafka, line.tuya) {
                (Some(delivery), _) => Delivery::Kafka(delivery.into_owned()),
                (None, Some(delivery)) => Delivery::Tuya(delivery.into_owned()),
                (None, None) => Delivery::Http,
            },
            failure: line.failure,
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
