//! Turns a frame into a message for the staging queue.

use crate::frame::Frame;
use std::borrow::Cow;
use thingrelay::{clock::Clock, internal_event::InternalEvent, pull::Delivery};
use thingrelay_core::{
    identity::Identified,
    lenient_base64,
    panics::catch_panic,
    source::{Platform, SourceName},
    staged::{EdgeError, Incoming, Transport, TuyaProvenance},
    tuya::{self, Access, OpenError, SignVerdict, SignaturePolicy},
};

/// The token that acknowledges a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AckToken(pub(crate) String);

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
pub(crate) type Open = fn(
    &Access,
    SignaturePolicy,
    &[u8],
    Option<&str>,
) -> Result<tuya::OpenedMessage, tuya::UnopenedMessage>;

/// The parts of a message that could be opened.
struct Content<'a> {
    identified: Identified,
    original: Cow<'a, [u8]>,
    protocol: Option<i64>,
    t: Option<i64>,
    sign: SignVerdict,
    error: Option<EdgeError>,
}

/// The most bytes of a broker's message id or of a property that are staged: the rest of the room
/// is for the original.
const MAX_WORD_BYTES: usize = 512;

impl Opener {
    /// The message to stage. A message that cannot be opened is staged as it came, with the reason.
    pub(crate) fn delivery(&self, frame: &Frame<'_>) -> Delivery<AckToken> {
        let decoded = lenient_base64::decode(&frame.payload);
        let (payload, is_base64) = match &decoded {
            Some(bytes) => (bytes.as_slice(), true),
            None => (frame.payload.as_bytes(), false),
        };
        let content = if is_base64 {
            catch_panic(|| self.open(frame, payload))
                .unwrap_or_else(|panicked| self.unopened(frame, payload, panicked.into()))
        } else {
            self.unopened(frame, payload, OpenError::NotBase64.into())
        };
        self.record(&content);
        let incoming = Incoming {
            identified: content.identified,
            source: &self.source,
            platform: Platform::Tuya,
            received: self.clock.now(),
            transport: Transport::Pulsar(TuyaProvenance {
                topic: Cow::Borrowed(&self.topic),
                message_id: Cow::Borrowed(clipped(&frame.message_id)),
                published: frame.published,
                em: frame.em.as_deref().map(clipped).map(Cow::Borrowed),
                protocol: content.protocol,
                t: content.t,
                sign: content.sign,
            }),
            error: content.error,
            original: content.original,
        };
        let (id, message) = incoming.into_message();
        Delivery {
            id,
            message,
            ack_token: AckToken(frame.message_id.clone().into_owned()),
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
                error: None,
            },
            Err(unopened) => Content {
                protocol: unopened.protocol,
                t: unopened.t,
                sign: unopened.sign,
                ..self.unopened(frame, payload, unopened.error.into())
            },
        }
    }

    fn unopened<'a>(&self, frame: &Frame<'_>, payload: &'a [u8], error: EdgeError) -> Content<'a> {
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
            error: Some(error),
        }
    }

    fn record(&self, content: &Content<'_>) {
        let (source, id) = (&self.source, content.identified.id.as_str());
        match content.sign {
            SignVerdict::Invalid => InternalEvent::BadSign { source, id }.emit(),
            SignVerdict::Absent => InternalEvent::MissingSign { source, id }.emit(),
            SignVerdict::Valid | SignVerdict::Unchecked => {}
        }
        match content.error {
            // A panic has its own line, and the consumer counts it.
            None | Some(EdgeError::Unopened(OpenError::BadSignature) | EdgeError::Panic) => {}
            Some(failure) => InternalEvent::DecryptionFailed {
                source,
                id,
                reason: failure.code(),
            }
            .emit(),
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
