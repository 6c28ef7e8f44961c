//! Tencent Cloud's messages turned into events.
//!
//! # Layout
//!
//! * `route`: which events a message gives.
//! * `gateway`, `status`, `thing`, `firmware`: the families that have types of their own.
//! * `secrets`: which payloads may hold secrets.

mod firmware;
mod gateway;
mod route;
mod secrets;
mod status;
mod thing;

use super::{Message, OutgoingEvent, content, draft::Routed, secrets::is_secret};
use crate::{
    event::data::{Content, Origin},
    json::{Json, redact},
    source::Decoding,
    staged::Staged,
    tencent::{Envelope, Payload},
};
use secrets::Secrets;

/// The events of a message. One at least.
pub(super) fn events(
    staged: &Staged<'_>,
    body: Json<'_>,
    decoding: Decoding,
) -> Vec<OutgoingEvent> {
    let envelope = Envelope::of(body);
    let payload = Payload::of(&envelope, decoding.payload);
    let content = content::look_at(&payload);
    let json = match content {
        Content::Json(value) => Some(value),
        _ => None,
    };
    let secrets = Secrets::of(envelope.topic_text(), json);
    let redacted = json
        .filter(|_| secrets != Secrets::None)
        .and_then(|value| redact::without(value, &is_secret, &[]));
    let content = match content {
        Content::None => Content::None,
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
            channel: staged.channel,
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
