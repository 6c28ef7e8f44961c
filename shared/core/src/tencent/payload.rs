//! The device's payload, taken out of the envelope.

use super::{Envelope, EnvelopeKind, TopicFamily};
use crate::{json::Json, lenient_base64, source::PayloadFormat};
use std::borrow::Cow;

/// A payload before its content is examined.
#[derive(Debug)]
pub enum Payload<'a> {
    /// The envelope has no payload.
    None,
    /// A JSON value in the envelope.
    Json(Json<'a>),
    /// Text: a string in the envelope.
    Text(Cow<'a, str>),
    /// Bytes: base64 in the envelope.
    Bytes(Vec<u8>),
    /// Bytes of a topic of bytes, whatever they look like.
    Raw(Vec<u8>),
}

impl<'a> Payload<'a> {
    /// The payload of an envelope. A body of unknown shape is all payload.
    pub fn of(envelope: &Envelope<'a>, format: PayloadFormat) -> Payload<'a> {
        let is_raw = || {
            envelope
                .topic()
                .is_some_and(|it| it.family == TopicFamily::Bytes)
        };
        match (envelope.kind, format) {
            (EnvelopeKind::Http | EnvelopeKind::Queue, _) if is_raw() => {
                match envelope.payload().map_or(Payload::None, decoded) {
                    Payload::Bytes(bytes) => Payload::Raw(bytes),
                    other => other,
                }
            }
            (EnvelopeKind::Http, PayloadFormat::Json) => {
                envelope.payload().map_or(Payload::None, as_it_is)
            }
            (EnvelopeKind::Http, PayloadFormat::Base64) | (EnvelopeKind::Queue, _) => {
                envelope.payload().map_or(Payload::None, decoded)
            }
            (EnvelopeKind::CustomPush, _) => {
                envelope.content().map_or(Payload::None, text_or_value)
            }
            (EnvelopeKind::Unknown, _) => Payload::Json(envelope.body),
        }
    }
}

fn as_it_is(value: Json<'_>) -> Payload<'_> {
    if value.as_str() == "\"\"" {
        Payload::None
    } else {
        Payload::Json(value)
    }
}

/// Decodes a string that is base64, and keeps any other value.
fn decoded(value: Json<'_>) -> Payload<'_> {
    match text_or_value(value) {
        Payload::Text(text) => match lenient_base64::decode(&text) {
            Some(bytes) => Payload::Bytes(bytes),
            None => Payload::Text(text),
        },
        other => other,
    }
}

fn text_or_value(value: Json<'_>) -> Payload<'_> {
    match value.text().filter(|_| value.is_string()) {
        Some(text) if text.is_empty() => Payload::None,
        Some(text) => Payload::Text(text),
        None => Payload::Json(value),
    }
}
