//! Turns Tuya's messages into events: one event each.
//!
//! Reads both families: the older one (`protocol` 4 and 20, the device beside `bizData`) and IoT
//! Core's (1000 and above, the device inside `bizData`).
//!
//! Source: <https://developer.tuya.com/en/docs/iot/message-type?id=Kavqerli65a1u>.
//!
//! # Layout
//!
//! * `route`: the type of a message's event.
//! * `report`: the properties that a device reports, in all their shapes.
//! * `firmware`: the progress of a firmware update.
//! * `time`: when something happened.
//! * `secrets`: removes secrets.

mod firmware;
mod report;
mod route;
mod secrets;
mod time;

use super::{
    content,
    outgoing_event::{Message as Events, OutgoingEvent},
};
use crate::{
    event::data::{Content, Origin},
    json::Json,
    staged::{Staged, TuyaProvenance},
    tuya::{Message, message::Unquoted},
};
use std::borrow::Cow;

/// The event of a message. There is always one.
pub(super) fn events(
    staged: &Staged<'_>,
    delivery: &TuyaProvenance<'_>,
    body: Json<'_>,
) -> Vec<OutgoingEvent> {
    let redacted = secrets::without(body);
    let content = content::shown(body, redacted.as_deref());
    // The device is known even if common parsers refuse a part of the message.
    let shown = match content {
        Content::Json(shown) => shown,
        _ => body,
    };
    let unquoted = Unquoted::default();
    let message = Message::of(shown, &unquoted);
    let is_shown = matches!(content, Content::Json(_))
        && [message.data, message.reported]
            .into_iter()
            .flatten()
            .all(Json::is_interoperable);
    let draft = route::route(&message, is_shown, delivery, staged.received);
    let events = Events::new(
        staged,
        Origin {
            platform: staged.platform,
            channel: staged.transport.channel(),
            topic: Some(&delivery.topic)
                .filter(|topic| !topic.is_empty())
                .map(|topic| &**topic),
            seq: None,
            publisher: None,
            kind: kind(message.code.as_deref(), delivery.protocol),
            protocol: delivery.protocol,
            sign: Some(delivery.sign.as_str()),
        },
        content,
    );
    events.events(&[draft], |device| Some(device.name.clone().into_owned()))
}

/// The platform's name for this kind of message.
fn kind(code: Option<&str>, protocol: Option<i64>) -> Cow<'_, str> {
    match (code, protocol) {
        (Some(code), _) => Cow::Borrowed(code),
        (None, Some(protocol)) => Cow::Owned(format!("protocol-{protocol}")),
        (None, None) => Cow::Borrowed("unknown"),
    }
}
