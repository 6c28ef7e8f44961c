//! Turns Tencent Cloud's messages into events.
//!
//! # Layout
//!
//! * `route`: the events of a message.
//! * `gateway`, `status`, `thing`, `firmware`: the families of topics that have their own types.
//! * `secrets`: which payloads may hold secrets.

mod context;
mod firmware;
mod gateway;
mod route;
mod secrets;
mod status;
mod thing;

use super::{
    content,
    draft::Routed,
    outgoing_event::{Message, OutgoingEvent},
    secrets::{RULES, may_hold_one},
};
use crate::{
    event::data::{Content, Origin},
    json::{Json, redact},
    source::Decoding,
    staged::Staged,
    tencent::{Envelope, Payload},
};
use secrets::Secrets;
use std::borrow::Cow;

/// The events of a message: at least one.
pub(super) fn events(
    staged: &Staged<'_>,
    body: Json<'_>,
    decoding: Decoding,
) -> Vec<OutgoingEvent> {
    let envelope = Envelope::of(body);
    let payload = Payload::of(&envelope, decoding.payload);
    let content = content::classify(&payload);
    let json = match content {
        Content::Json(value) => Some(value),
        _ => None,
    };
    let secrets = Secrets::of(&envelope, json);
    let redacted = json
        .filter(|_| secrets != Secrets::None)
        .and_then(|value| redact::without(value, RULES, &[]));
    let content = match content {
        Content::None => Content::None,
        content if secrets == Secrets::Named && is_text_with_one(content) => Content::Withheld,
        Content::Json(value) if secrets != Secrets::Expected || !value.is_string() => {
            content::shown(value, redacted.as_deref())
        }
        // Nobody can tell where a secret is in a text.
        _ if secrets == Secrets::Expected => Content::Withheld,
        content => content,
    };
    let Routed {
        drafts,
        publisher,
        kind,
    } = route::route(&envelope, content, decoding, staged);
    let message = Message::new(
        staged,
        Origin {
            platform: staged.platform,
            channel: staged.transport.channel(),
            topic: envelope.topic_text(),
            seq: envelope.seq(),
            publisher,
            kind,
            protocol: None,
            sign: None,
        },
        content,
    );
    message.events(&drafts, |_| None)
}

/// Whether the content is text or bytes that may hold a secret. Only from JSON can a secret be
/// removed.
fn is_text_with_one(content: Content<'_>) -> bool {
    let text = match content {
        Content::Text(text) => Cow::Borrowed(text),
        Content::Bytes(bytes) => String::from_utf8_lossy(bytes),
        Content::Json(value) => match value.text_lossy() {
            Some(text) if Json::read(text.as_bytes()).is_none() => text,
            _ => return false,
        },
        Content::None | Content::Withheld => return false,
    };
    may_hold_one(&text)
}
