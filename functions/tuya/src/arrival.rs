//! A frame becomes a message for the staging queue.

use crate::frame::Frame;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use thingrelay::{clock::Clock, occurrence::Occurrence, pull::Arrival};
use thingrelay_core::{
    identity::Identified,
    lenient_base64,
    message::{Fifo, Message},
    panics::caught,
    source::{Channel, Platform, SourceName},
    staged::{Delivery, Failure, MAX_ORIGINAL_BYTES, Staged, TuyaDelivery},
    tuya::{self, Access, SignVerdict, SignaturePolicy},
};

/// What a message is acknowledged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt(pub(crate) String);

/// Opens the messages of one topic of a source.
#[derive(Clone)]
pub(crate) struct Opener {
    pub(crate) source: SourceName,
    pub(crate) access: Access,
    pub(crate) policy: SignaturePolicy,
    pub(crate) topic: String,
    pub(crate) clock: Clock,
    pub(crate) open: Open,
}

/// Opens an envelope: [`tuya::open`].
pub(crate) type Open =
    fn(&Access, SignaturePolicy, &[u8], Option<&str>) -> Result<tuya::Opened, tuya::Unopened>;

/// Stands for an original that no queue takes.
#[derive(Serialize)]
struct Reference<'a> {
    topic: &'a str,
    message_id: &'a str,
    bytes: usize,
    sha256: String,
}

/// A message as far as it could be opened.
struct Content<'a> {
    identified: Identified,
    original: Cow<'a, [u8]>,
    protocol: Option<i64>,
    t: Option<i64>,
    sign: SignVerdict,
    failure: Option<Failure>,
}

/// The longest that a broker's id of a message or a property is staged in full, in bytes: room is
/// kept for the original.
const MAX_WORD_BYTES: usize = 512;

impl Opener {
    /// The message to stage. What cannot be opened is staged as it came, with the reason.
    pub(crate) fn arrival(&self, frame: &Frame<'_>) -> Arrival<Receipt> {
        let decoded = lenient_base64::decode(&frame.payload);
        let (payload, is_base64) = match &decoded {
            Some(bytes) => (bytes.as_slice(), true),
            None => (frame.payload.as_bytes(), false),
        };
        let mut content = if is_base64 {
            caught(|| self.open(frame, payload))
                .unwrap_or_else(|panicked| self.unopened(frame, payload, panicked.into()))
        } else {
            self.unopened(frame, payload, Failure::NotBase64)
        };
        self.record(&content);
        if content.original.len() > MAX_ORIGINAL_BYTES {
            content.failure = Some(Failure::TooLarge);
            content.original = Cow::Owned(self.reference(&frame.message_id, &content.original));
        }
        let staged = Staged {
            id: content.identified.id,
            source: self.source.clone(),
            platform: Platform::Tuya,
            channel: Channel::Pulsar,
            received: self.clock.now(),
            delivery: Delivery::Tuya(TuyaDelivery {
                topic: Cow::Borrowed(&self.topic),
                message_id: Cow::Borrowed(clipped(&frame.message_id)),
                published: frame.published,
                em: frame.em.as_deref().map(clipped).map(Cow::Borrowed),
                protocol: content.protocol,
                t: content.t,
                sign: content.sign,
            }),
            failure: content.failure,
            original: content.original,
        };
        Arrival {
            message: Message {
                body: staged.to_body(),
                fifo: Some(Fifo {
                    group: content.identified.group.as_str().to_owned(),
                    deduplication: staged.id.as_str().to_owned(),
                }),
            },
            id: staged.id,
            receipt: Receipt(frame.message_id.clone().into_owned()),
        }
    }

    fn open<'a>(&self, frame: &Frame<'_>, payload: &'a [u8]) -> Content<'a> {
        match (self.open)(&self.access, self.policy, payload, frame.em.as_deref()) {
            Ok(opened) => Content {
                identified: tuya::identify(
                    &self.source,
                    &self.topic,
                    &frame.message_id,
                    &opened.plaintext,
                ),
                original: Cow::Owned(opened.plaintext),
                protocol: opened.protocol,
                t: opened.t,
                sign: opened.sign,
                failure: None,
            },
            Err(unopened) => Content {
                protocol: unopened.protocol,
                t: unopened.t,
                sign: unopened.sign,
                ..self.unopened(frame, payload, unopened.failure)
            },
        }
    }

    fn unopened<'a>(&self, frame: &Frame<'_>, payload: &'a [u8], failure: Failure) -> Content<'a> {
        let key = frame.key.as_deref();
        Content {
            identified: tuya::identify_unopened(
                &self.source,
                &self.topic,
                &frame.message_id,
                payload,
                key,
            ),
            original: Cow::Borrowed(payload),
            protocol: None,
            t: None,
            sign: SignVerdict::Unchecked,
            failure: Some(failure),
        }
    }

    /// What to stage in the place of a message that the queue refuses for good.
    pub(crate) fn stand_in(&self, refused: &Message, receipt: &Receipt) -> Option<Message> {
        let staged = Staged::from_body(&refused.body).ok()?;
        let reference = self.reference(&receipt.0, &staged.original);
        let smaller = Staged {
            failure: Some(Failure::RefusedByQueue),
            original: Cow::Owned(reference),
            ..staged
        };
        Some(Message {
            body: smaller.to_body(),
            fifo: refused.fifo.clone(),
        })
    }

    #[expect(
        clippy::expect_used,
        reason = "text and a number are serialised to memory"
    )]
    fn reference(&self, message_id: &str, original: &[u8]) -> Vec<u8> {
        let reference = Reference {
            topic: &self.topic,
            message_id: clipped(message_id),
            bytes: original.len(),
            sha256: hex::encode(Sha256::digest(original)),
        };
        serde_json::to_vec(&reference).expect("text and a number serialise to memory")
    }

    fn record(&self, content: &Content<'_>) {
        let (source, id) = (&self.source, content.identified.id.as_str());
        match content.sign {
            SignVerdict::Invalid => Occurrence::BadSign { source, id }.record(),
            SignVerdict::Absent => Occurrence::MissingSign { source, id }.record(),
            SignVerdict::Valid | SignVerdict::Unchecked => {}
        }
        match content.failure {
            // A panic has a line of its own, and the consumer counts it.
            None | Some(Failure::BadSignature | Failure::Panic) => {}
            Some(failure) => Occurrence::Undecryptable {
                source,
                id,
                reason: failure.word(),
            }
            .record(),
        }
    }
}

/// The text, or as much of its beginning as is staged.
fn clipped(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_WORD_BYTES))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests;
