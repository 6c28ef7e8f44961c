//! Tencent Cloud's messages turned into events.
//!
//! # Layout
//!
//! * `route`: which events a message gives.
//! * `gateway`, `status`, `thing`, `firmware`: the families that have types of their own.

mod firmware;
mod gateway;
mod route;
mod status;
mod thing;

use super::{Message, OutgoingEvent, content, draft::Routed};
use crate::{
    event::data::Origin,
    json::Json,
    source::Decoding,
    staged::Staged,
    tencent::{Envelope, Payload, topic},
};

/// The events of a message. One at least.
pub(super) fn events(
    staged: &Staged<'_>,
    body: Json<'_>,
    decoding: Decoding,
) -> Vec<OutgoingEvent> {
    let envelope = Envelope::of(body);
    let payload = Payload::of(&envelope, decoding.payload);
    let secrets = envelope.topic_text().map_or(&[][..], topic::secrets);
    let content = content::look_at(&payload);
    let redacted = content::redacted(content, secrets);
    let content = content::shown(content, redacted.as_deref(), secrets);
    let Routed {
        drafts,
        publisher,
        kind,
    } = route::route(&envelope, content, decoding, staged.received);
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
