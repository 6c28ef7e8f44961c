//! Which events a message gives.

use super::{content::Prepared, firmware, gateway, status, thing};
use crate::{
    event::data::{Alert, Device, Message, Part},
    json,
    source::Decoding,
    tencent::{Envelope, Family, Shape, Topic},
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// An event before it is written.
pub(super) struct Draft<'a> {
    pub(super) device: Option<Device<'a>>,
    pub(super) time: Timestamp,
    pub(super) part: Part<'a>,
}

/// What a message gives.
pub(super) struct Routed<'a> {
    /// Never empty.
    pub(super) drafts: Vec<Draft<'a>>,
    /// Who published, where it is not the device itself.
    pub(super) publisher: Option<Device<'a>>,
    /// What the platform calls this kind of message.
    pub(super) kind: Cow<'a, str>,
}

/// What the families' rules see of a message of a device.
pub(super) struct Context<'a, 'm> {
    pub(super) device: &'m Device<'a>,
    pub(super) prepared: &'m Prepared<'a>,
    /// Of the message: the device's, else the platform's, else that of receipt.
    pub(super) time: Timestamp,
    /// `method` or `type` of the payload.
    pub(super) word: &'m str,
}

pub(super) fn route<'a>(
    envelope: &'a Envelope<'a>,
    topic: Option<Topic<'a>>,
    prepared: &Prepared<'a>,
    decoding: Decoding,
    received: Timestamp,
) -> Routed<'a> {
    let publisher = envelope
        .product()
        .zip(envelope.device_name())
        .map(|(product, name)| Device { product, name });
    let by_topic = topic
        .and_then(|topic| topic.device)
        .map(|(product, name)| Device {
            product: Cow::Borrowed(product),
            name: Cow::Borrowed(name),
        });
    let device = by_topic.or_else(|| publisher.clone());
    let platform_time = platform_time(envelope, decoding).unwrap_or(received);
    let family = topic.map_or(Family::Custom, |topic| topic.family);
    let word = word(family, prepared);
    let kind = kind(envelope, word.as_deref());
    let time = device_time(family, prepared).unwrap_or(platform_time);
    let drafts = match (&device, envelope.shape) {
        (_, Shape::CustomPush) => vec![Draft {
            device: device.clone(),
            time,
            part: alert(envelope),
        }],
        (Some(device), Shape::Queue) if !is_publication(envelope) => {
            status::drafts(envelope, device, time)
        }
        (Some(device), Shape::Http | Shape::Queue) => {
            let word = word.as_deref().unwrap_or_default();
            family_drafts(
                family,
                &Context {
                    device,
                    prepared,
                    time,
                    word,
                },
            )
        }
        _ => Vec::new(),
    };
    let drafts = if drafts.is_empty() {
        vec![Draft {
            device: device.clone(),
            time,
            part: message(prepared),
        }]
    } else {
        drafts
    };
    let publisher = publisher.filter(|publisher| Some(publisher) != device.as_ref());
    Routed {
        drafts,
        publisher,
        kind,
    }
}

/// The part of what has no type of its own.
pub(super) fn message<'a>(prepared: &Prepared<'_>) -> Part<'a> {
    Part::Message(Message {
        format: prepared.format,
    })
}

/// The events of a publication by the family of its topic; none where it has no type of its own.
fn family_drafts<'a>(family: Family, context: &Context<'a, '_>) -> Vec<Draft<'a>> {
    match family {
        Family::ThingProperty => thing::property(context),
        Family::ThingEvent => thing::event(context),
        Family::ThingAction => thing::action(context),
        Family::ShadowRequest => thing::shadow(context),
        Family::OtaReport => firmware::report(context),
        Family::GatewayRequest => gateway::request(context),
        _ => Vec::new(),
    }
}

/// `Publish` and `Forward` carry what a device published.
fn is_publication(envelope: &Envelope<'_>) -> bool {
    envelope.msg_type().is_some_and(|kind| {
        kind.eq_ignore_ascii_case("publish") || kind.eq_ignore_ascii_case("forward")
    })
}

fn alert<'a>(envelope: &Envelope<'a>) -> Part<'a> {
    Part::Alert(Alert {
        title: envelope.title(),
        request_id: envelope.request_id(),
    })
}

fn word<'a>(family: Family, prepared: &Prepared<'a>) -> Option<Cow<'a, str>> {
    let value = prepared.members.as_ref()?.get(family.discriminator()?)?;
    json::text(value).filter(|word| !word.is_empty())
}

fn kind<'a>(envelope: &Envelope<'a>, word: Option<&str>) -> Cow<'a, str> {
    if let Some(word) = word {
        return Cow::Owned(word.to_owned());
    }
    match envelope.shape {
        Shape::Queue => envelope
            .event()
            .or_else(|| envelope.msg_type())
            .unwrap_or(Cow::Borrowed("unknown")),
        Shape::CustomPush => Cow::Borrowed("custom_push"),
        Shape::Http => Cow::Borrowed("forward"),
        Shape::Unknown => Cow::Borrowed("unknown"),
    }
}

fn platform_time(envelope: &Envelope<'_>, decoding: Decoding) -> Option<Timestamp> {
    let number = || Timestamp::from_platform_number(&json::text(envelope.timestamp()?)?);
    match envelope.shape {
        Shape::Queue => envelope
            .time()
            .and_then(|text| Timestamp::from_platform_text(&text, decoding.utc_offset_seconds))
            .or_else(number),
        Shape::Http | Shape::CustomPush => number(),
        Shape::Unknown => None,
    }
}

/// The device's own time. On the customer's topics nobody knows what a `timestamp` means.
fn device_time(family: Family, prepared: &Prepared<'_>) -> Option<Timestamp> {
    if family == Family::Custom {
        return None;
    }
    Timestamp::from_platform_number(&json::text(prepared.members.as_ref()?.get("timestamp")?)?)
}
