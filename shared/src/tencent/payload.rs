//! What the device sent, out of the envelope.

use super::{Envelope, Shape};
use crate::{json, source::PayloadFormat};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The bytes of a payload before anybody looks what they are.
#[derive(Debug)]
pub enum Payload<'a> {
    /// The envelope has none.
    None,
    /// A JSON value that stood in the envelope.
    Json(&'a RawValue),
    /// Text that stood in the envelope as a string.
    Text(Cow<'a, str>),
    /// Bytes that stood in the envelope in base64.
    Bytes(Vec<u8>),
}

/// Standard alphabet; padding as it comes.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl<'a> Payload<'a> {
    /// The payload of an envelope.
    pub fn of(envelope: &Envelope<'a>, format: PayloadFormat) -> Payload<'a> {
        match envelope.shape {
            Shape::Http => match (envelope.raw_payload(), format) {
                (None, _) => Payload::None,
                (Some(value), PayloadFormat::Json) => Payload::Json(value),
                (Some(value), PayloadFormat::Base64) => decoded_or(value, Payload::Json),
            },
            Shape::Queue => envelope
                .raw_payload()
                .map_or(Payload::None, |value| decoded_or(value, text_or_json)),
            Shape::CustomPush => envelope.content().map_or(Payload::None, text_or_json),
            Shape::Unknown => Payload::None,
        }
    }
}

/// A string that is base64 is decoded; anything else is read by the other way.
fn decoded_or<'a>(value: &'a RawValue, otherwise: fn(&'a RawValue) -> Payload<'a>) -> Payload<'a> {
    if !value.get().starts_with('"') {
        return otherwise(value);
    }
    match json::text(value) {
        Some(text) if text.is_empty() => Payload::None,
        Some(text) => LENIENT
            .decode(text.as_bytes())
            .map_or_else(|_| otherwise(value), Payload::Bytes),
        None => otherwise(value),
    }
}

fn text_or_json(value: &RawValue) -> Payload<'_> {
    match json::text(value).filter(|_| value.get().starts_with('"')) {
        Some(text) if text.is_empty() => Payload::None,
        Some(text) => Payload::Text(text),
        None => Payload::Json(value),
    }
}
