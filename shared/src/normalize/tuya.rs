//! Tuya's messages turned into events: one each.
//!
//! Both families are read, the older one (`protocol` 4 and 20, the device beside `bizData`) and
//! IoT Core's (1000 and above, the device inside `bizData`).
//!
//! Source: <https://developer.tuya.com/en/docs/iot/message-type?id=Kavqerli65a1u>.
//!
//! # Layout
//!
//! * `plaintext`: what a decrypted message says of itself: its code, its device, its times.
//! * `route`: which type of event it gives.
//! * `report`: the properties that a device reports, in all their shapes.
//! * `firmware`: how an update goes.
//! * `secrets`: what never leaves.

mod firmware;
mod plaintext;
mod report;
mod route;
mod secrets;

use super::{Message, OutgoingEvent, content};
use crate::{
    event::data::{Content, Origin},
    json::Json,
    staged::{Staged, TuyaDelivery},
    tuya::SignVerdict,
};
use plaintext::Plaintext;

/// The event of a message. There is always one.
pub(super) fn events(
    staged: &Staged<'_>,
    delivery: &TuyaDelivery<'_>,
    body: Json<'_>,
) -> Vec<OutgoingEvent> {
    let secrets = secrets::keys(body);
    let redacted = content::redacted(Content::Json(body), secrets);
    let content = if secrets::are_out_of_reach(body) {
        Content::Withheld
    } else {
        content::shown(Content::Json(body), redacted.as_deref(), secrets)
    };
    // The device is known even where common parsers refuse a part of the message.
    let plaintext = match content {
        Content::Json(shown) => Plaintext::of(shown),
        _ => Plaintext::of(body),
    };
    let draft = route::route(&plaintext, content, delivery, staged.received);
    let message = Message::new(
        staged,
        Origin {
            platform: staged.platform,
            channel: staged.channel,
            topic: Some(&delivery.topic)
                .filter(|topic| !topic.is_empty())
                .map(|topic| &**topic),
            seq: None,
            publisher: None,
            kind: plaintext.kind(delivery.protocol),
            protocol: delivery.protocol,
            sign: Some(word(delivery.sign)),
        },
        content,
    );
    message.events(&[draft], |device| Some(device.name.clone().into_owned()))
}

fn word(sign: SignVerdict) -> &'static str {
    match sign {
        SignVerdict::Valid => "valid",
        SignVerdict::Invalid => "invalid",
        SignVerdict::Absent => "absent",
        SignVerdict::Unchecked => "unchecked",
    }
}
