//! The events of a message.

use super::{
    super::draft::{Draft, Routed},
    context::Context,
    firmware, gateway, status, thing,
};
use crate::{
    event::{
        data::Content,
        detail::{Alert, Detail},
        device::Device,
    },
    json::Json,
    source::Decoding,
    staged::{Staged, Transport},
    tencent::{Envelope, EnvelopeKind, MessageKind, TopicFamily},
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// The most bytes of all events of one message together.
///
/// Each event carries the payload, so a long list in a long payload would multiply. The largest
/// MQTT message of a gateway, 16 KB, stays below the limit.
const MAX_BYTES_TOGETHER: usize = 16 << 20;

/// Roughly the bytes of an event without its payload.
const BYTES_BESIDES: usize = 1024;

pub(super) fn route<'a>(
    envelope: &'a Envelope<'a>,
    content: Content<'a>,
    decoding: Decoding,
    staged: &Staged<'_>,
) -> Routed<'a> {
    let topic = envelope.topic();
    let family = topic.map_or(TopicFamily::Custom, |topic| topic.family);
    let publisher = envelope.publisher().map(named);
    let device = envelope.device().map(named);
    // A body of unknown shape has no payload.
    let payload = match content {
        Content::Json(value) if envelope.kind != EnvelopeKind::Unknown => Some(value),
        _ => None,
    };
    let Headline { word, time, params } = Headline::of(family, payload);
    let time = time
        .or_else(|| platform_time(envelope, decoding))
        .or_else(|| broker_time(&staged.transport))
        .unwrap_or(staged.received);
    let drafts = match (&device, payload) {
        (_, _) if envelope.kind == EnvelopeKind::CustomPush => {
            let detail = alert(envelope, content);
            vec![Draft {
                device: device.clone(),
                time,
                detail,
            }]
        }
        (Some(device), payload) => {
            let word = word.as_deref().unwrap_or_default();
            let context = Context {
                device,
                time,
                word,
                params,
            };
            match (envelope.kind, envelope.message_kind(), payload) {
                (EnvelopeKind::Queue, MessageKind::Status, _) => {
                    context.one(status::detail(envelope))
                }
                (EnvelopeKind::Queue, MessageKind::Publication, Some(payload))
                | (EnvelopeKind::Http, _, Some(payload)) => publication(family, &context, payload),
                _ => Vec::new(),
            }
        }
        (None, _) => Vec::new(),
    };
    let payload_bytes = payload.map_or(0, |payload| payload.as_str().len());
    let fits = drafts.len().saturating_mul(payload_bytes + BYTES_BESIDES) <= MAX_BYTES_TOGETHER;
    let drafts = if drafts.is_empty() || !fits {
        vec![Draft {
            device: device.clone(),
            time,
            detail: Detail::Message,
        }]
    } else {
        drafts
    };
    let publisher = publisher.filter(|publisher| Some(publisher) != device.as_ref());
    Routed {
        drafts,
        publisher,
        kind: kind(envelope, word),
    }
}

/// The events of a publication, by the family of its topic; `None` if it has no type of its own.
fn publication<'a>(
    family: TopicFamily,
    context: &Context<'a, '_>,
    payload: Json<'a>,
) -> Vec<Draft<'a>> {
    let (word, time) = (context.word, context.time);
    match family {
        TopicFamily::ThingProperty => context.one(thing::property(word, context.params, time)),
        TopicFamily::ThingAction => context.one(thing::action(word, payload)),
        TopicFamily::StateRequest => context.one(thing::shadow(word, payload, time)),
        TopicFamily::OtaReport => context.one(firmware::detail(word, payload)),
        TopicFamily::ThingEvent => thing::events(context, payload),
        TopicFamily::GatewayRequest => gateway::drafts(context, payload),
        _ => Vec::new(),
    }
}

fn named<'a>((product, name): (&'a str, &'a str)) -> Device<'a> {
    Device {
        product: Some(Cow::Borrowed(product)),
        name: Cow::Borrowed(name),
    }
}

/// What the payload says about itself. On the customer's own topics, its members have no known
/// meaning.
#[derive(Default)]
struct Headline<'a> {
    /// The payload's name for its kind.
    word: Option<Cow<'a, str>>,
    /// The device's own time.
    time: Option<Timestamp>,
    params: Option<Json<'a>>,
}

impl<'a> Headline<'a> {
    fn of(family: TopicFamily, payload: Option<Json<'a>>) -> Self {
        let discriminators = family.discriminators();
        let Some(payload) = payload.filter(|_| !discriminators.is_empty()) else {
            return Headline::default();
        };
        let [time, params] = payload.pick(["timestamp", "params"]);
        let word = |key: &&str| payload.pick([key])[0]?.non_empty_text();
        Headline {
            word: discriminators.iter().find_map(word),
            time: time
                .and_then(Json::text)
                .and_then(|time| Timestamp::from_platform_number(&time)),
            params: params.filter(|params| params.is_object()),
        }
    }
}

/// The content of an alert is its payload, as text.
fn alert<'a>(envelope: &Envelope<'a>, content: Content<'a>) -> Detail<'a> {
    let content = match content {
        Content::Json(value) => Some(Cow::Borrowed(value.as_str())),
        Content::Text(text) => Some(Cow::Borrowed(text)),
        Content::None | Content::Bytes(_) | Content::Withheld => None,
    };
    Detail::Alert(Alert {
        title: envelope.title(),
        content,
        request_id: envelope.request_id(),
    })
}

fn kind<'a>(envelope: &Envelope<'a>, word: Option<Cow<'a, str>>) -> Cow<'a, str> {
    let named = || match envelope.kind {
        EnvelopeKind::Queue => {
            let event = envelope
                .event()
                .filter(|_| envelope.message_kind() == MessageKind::Status);
            event.or_else(|| envelope.msg_type().filter(|kind| !kind.is_empty()))
        }
        EnvelopeKind::CustomPush => Some(Cow::Borrowed("custom_push")),
        EnvelopeKind::Http => Some(Cow::Borrowed("forward")),
        EnvelopeKind::Unknown => None,
    };
    word.or_else(named).unwrap_or(Cow::Borrowed("unknown"))
}

fn platform_time(envelope: &Envelope<'_>, decoding: Decoding) -> Option<Timestamp> {
    let number = |text: &str| Timestamp::from_platform_number(text);
    let time = |text: &str| {
        Timestamp::from_platform_text(text, decoding.utc_offset_seconds).or_else(|| number(text))
    };
    if envelope.kind == EnvelopeKind::Unknown {
        return None;
    }
    // `TimeMills` needs no time zone; `Time` does.
    let own = envelope.time_mills().as_deref().and_then(number);
    own.or_else(|| time(&envelope.time()?))
        .or_else(|| number(&envelope.timestamp()?))
}

/// A record's own time, by the clock of the broker or of the producer.
fn broker_time(delivery: &Transport<'_>) -> Option<Timestamp> {
    match delivery {
        Transport::Kafka(delivery) => delivery.timestamp?.plausible(),
        Transport::Http | Transport::Pulsar(_) => None,
    }
}
