//! A message on the staging queue: one line of provenance, then the original.
//!
//! The line is JSON, ends with a line feed and says how the original follows: as text where SQS
//! takes it as it is, else in base64. So a message can be read in any console, and the consumer
//! reads the original without a copy.

use crate::{
    identity::MessageId,
    source::{Channel, Platform, SourceName},
    timestamp::Timestamp,
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
    /// The bytes as the platform sent them.
    pub original: Cow<'a, [u8]>,
}

/// Why a record of the staging queue cannot be read back. For good: another try changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableRecord {
    /// No line feed ends the line of provenance.
    #[error("the record has no line of provenance")]
    NoProvenance,
    /// The line is no provenance of a version that is known here.
    #[error("the line of provenance does not parse")]
    MalformedProvenance,
    /// The original is said to be base64 and is not.
    #[error("the original is no base64")]
    MalformedOriginal,
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
    encoding: Encoding,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Text,
    Base64,
}

const VERSION: u8 = 1;

impl<'a> Staged<'a> {
    /// The body of the SQS message.
    pub fn to_body(&self) -> String {
        let text = std::str::from_utf8(&self.original)
            .ok()
            .filter(|text| sqs_takes(text));
        let line = Line {
            v: VERSION,
            id: Cow::Borrowed(self.id.as_str()),
            source: Cow::Borrowed(self.source.as_str()),
            platform: self.platform,
            channel: self.channel,
            received: self.received.unix_millis(),
            encoding: if text.is_some() {
                Encoding::Text
            } else {
                Encoding::Base64
            },
        };
        // Serialising names and numbers to memory has no way to fail.
        let mut body = serde_json::to_string(&line).unwrap_or_default();
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
        let line: Line<'_> =
            serde_json::from_str(line).map_err(|_| UnreadableRecord::MalformedProvenance)?;
        if line.v != VERSION {
            return Err(UnreadableRecord::MalformedProvenance);
        }
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
            original,
        })
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
