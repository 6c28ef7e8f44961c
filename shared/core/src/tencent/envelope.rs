//! The three envelopes, recognised by their keys, whatever the platform of the source.
//!
//! Keys are read in any case: the pages write `productid`, `ProductId` and `ProductID`. If a key
//! comes twice, the last one counts. `null`, and a value of the wrong type, count as absent.
//!
//! Sources: "Forwarding data to a third-party service" (IoT Hub), "Data synchronisation" and
//! "Custom push" (IoT Explorer), "Message queue" (IoT Video).

use super::topic::{Topic, TopicFamily};
use crate::json::{Json, Key, Scalar};
use std::borrow::Cow;

/// The kind of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeKind {
    /// Rule forwarding and data synchronisation over HTTP.
    Http,
    /// The envelope of the message queues: `MsgType`, `Event`, `Payload` in base64.
    Queue,
    /// Custom push: the user's own title and content.
    CustomPush,
    /// None of these.
    Unknown,
}

/// The subject of a message in the queue envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A publication.
    Publication,
    /// A device connected or disconnected.
    Status,
    /// Unknown.
    Unknown,
}

/// The fields of a message in any envelope.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// The kind of an envelope.
    pub kind: EnvelopeKind,
    /// The whole envelope.
    pub body: Json<'a>,
    /// The product that published.
    pub product: Option<Cow<'a, str>>,
    /// The device that published.
    pub device_name: Option<Cow<'a, str>>,
    topic: Option<Cow<'a, str>>,
    fields: Fields<'a>,
}

#[derive(Debug, Default)]
struct Fields<'a> {
    product_id: Option<Json<'a>>,
    /// The envelopes of 2017 and 2018 have this in place of the id.
    product_name: Option<Json<'a>>,
    device_name: Option<Json<'a>>,
    topic: Option<Json<'a>>,
    payload: Option<Json<'a>>,
    seq: Option<Json<'a>>,
    timestamp: Option<Json<'a>>,
    msg_type: Option<Json<'a>>,
    event: Option<Json<'a>>,
    time: Option<Json<'a>>,
    time_mills: Option<Json<'a>>,
    reason: Option<Json<'a>>,
    msg_title: Option<Json<'a>>,
    msg_content: Option<Json<'a>>,
    request_id: Option<Json<'a>>,
}

impl<'a> Envelope<'a> {
    /// Reads a body. Any other JSON has the kind [`EnvelopeKind::Unknown`].
    pub fn of(body: Json<'a>) -> Envelope<'a> {
        let mut fields = Fields::default();
        for (key, value) in body.members().into_iter().flatten() {
            if let Some(field) = fields.of_key(key).filter(|_| !value.is_null()) {
                *field = Some(value);
            }
        }
        let word = |value: Option<Json<'a>>| value.and_then(Json::non_empty_text);
        let mut envelope = Envelope {
            kind: EnvelopeKind::Unknown,
            body,
            product: word(fields.product_id).or_else(|| word(fields.product_name)),
            device_name: word(fields.device_name),
            topic: word(fields.topic),
            fields,
        };
        envelope.kind = envelope.recognise();
        envelope
    }

    fn recognise(&self) -> EnvelopeKind {
        let fields = &self.fields;
        let named = self.publisher().is_some();
        let named_by_topic = || self.topic().is_some_and(|topic| topic.device.is_some());
        let is_pushed = fields.msg_title.is_some() && fields.msg_content.is_some();
        let has_payload = fields.payload.is_some_and(|it| it.as_str() != "\"\"");
        let is_forwarded = self.topic.is_some() && has_payload && (named || named_by_topic());
        if self.msg_type().is_some() {
            EnvelopeKind::Queue
        } else if is_forwarded && !is_pushed {
            // The rest are keys that are not known.
            EnvelopeKind::Http
        } else if self.event().is_some() && named && !is_pushed {
            EnvelopeKind::Queue
        } else if fields.msg_title.is_some() || fields.msg_content.is_some() {
            EnvelopeKind::CustomPush
        } else if (named && (self.topic.is_some() || fields.payload.is_some()))
            || (fields.payload.is_some() && named_by_topic())
        {
            EnvelopeKind::Http
        } else {
            EnvelopeKind::Unknown
        }
    }

    /// The subject of a message in the queue envelope. `Publish` and `Forward` carry a publication.
    /// `StatusChange`, in older pages `Status`, reports that a device connected or disconnected.
    pub fn message_kind(&self) -> MessageKind {
        let Some(kind) = self.msg_type().filter(|kind| !kind.is_empty()) else {
            return if self.event().is_some() {
                MessageKind::Status
            } else {
                MessageKind::Publication
            };
        };
        let is_one_of = |names: [&str; 2]| names.iter().any(|name| kind.eq_ignore_ascii_case(name));
        if is_one_of(["Publish", "Forward"]) {
            MessageKind::Publication
        } else if is_one_of(["StatusChange", "Status"]) {
            MessageKind::Status
        } else {
            MessageKind::Unknown
        }
    }

    /// The topic as it came; `None` if it is empty.
    pub fn topic_text(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// The parsed topic.
    pub fn topic(&self) -> Option<Topic<'_>> {
        let text = self.topic.as_deref()?;
        let topic = Topic::parse(text);
        let publisher = self.publisher().filter(|(product, device)| {
            topic.family == TopicFamily::System && text.contains(&format!("/{product}/{device}/"))
        });
        Some(match publisher {
            // Something follows the device, as on `$rrpc`.
            Some(_) => Topic {
                device: publisher,
                ..topic
            },
            None => topic,
        })
    }

    /// The product and the device that published.
    pub fn publisher(&self) -> Option<(&str, &str)> {
        self.product.as_deref().zip(self.device_name.as_deref())
    }

    /// The product and the device that the message is about: those of the topic if the platform
    /// defines the topic, else the publisher.
    pub fn device(&self) -> Option<(&str, &str)> {
        let by_topic = self.topic().and_then(|topic| topic.device);
        by_topic.or_else(|| self.publisher())
    }

    /// Every member that affects an event, except product and device, as it is written and in a
    /// fixed order.
    pub fn members(&self) -> [Option<Json<'a>>; 12] {
        let fields = &self.fields;
        [
            fields.topic,
            fields.payload,
            fields.seq,
            fields.timestamp,
            fields.msg_type,
            fields.event,
            fields.time,
            fields.time_mills,
            fields.reason,
            fields.msg_title,
            fields.msg_content,
            fields.request_id,
        ]
    }

    /// The platform's number of the message, as it came.
    pub fn seq(&self) -> Option<Scalar<'a>> {
        self.fields.seq.and_then(Scalar::of)
    }

    /// When the platform forwarded the message: Unix seconds, as a number or a string.
    pub fn timestamp(&self) -> Option<Cow<'a, str>> {
        self.fields.timestamp.and_then(Json::non_empty_text)
    }

    /// When it happened, in the queue envelope: `YYYY-MM-DD HH:MM:SS`, or a number of seconds or
    /// milliseconds.
    pub fn time(&self) -> Option<Cow<'a, str>> {
        self.fields.time.and_then(Json::non_empty_text)
    }

    /// The same in milliseconds since 1970, if the platform also writes that.
    pub fn time_mills(&self) -> Option<Cow<'a, str>> {
        self.fields.time_mills.and_then(Json::non_empty_text)
    }

    /// `Publish`, `Forward`, `StatusChange`, `Status`, or another word; it may be empty.
    pub fn msg_type(&self) -> Option<Cow<'a, str>> {
        self.fields.msg_type.and_then(Json::text)
    }

    /// `Online`, `Offline`, or another word; `None` if it is empty.
    pub fn event(&self) -> Option<Cow<'a, str>> {
        self.fields.event.and_then(Json::non_empty_text)
    }

    /// Why a device disconnected: free text, a code, or nothing.
    pub fn reason(&self) -> Option<Cow<'a, str>> {
        self.fields.reason.and_then(Json::non_empty_text)
    }

    /// The payload, as the envelope has it.
    pub fn payload(&self) -> Option<Json<'a>> {
        self.fields.payload
    }

    /// The title of a custom push.
    pub fn title(&self) -> Option<Cow<'a, str>> {
        self.fields.msg_title.and_then(Json::text)
    }

    /// The content of a custom push: text from the user's own template, or JSON.
    pub fn content(&self) -> Option<Json<'a>> {
        self.fields.msg_content
    }

    /// The id that tells a custom push from others.
    pub fn request_id(&self) -> Option<Cow<'a, str>> {
        self.fields.request_id.and_then(Json::non_empty_text)
    }
}

const LONGEST_KEY: usize = "productname".len();

impl<'a> Fields<'a> {
    fn of_key(&mut self, key: Key<'_>) -> Option<&mut Option<Json<'a>>> {
        let key = key.text()?;
        let mut buffer = [0; LONGEST_KEY];
        let lower = buffer.get_mut(..key.len())?;
        lower.copy_from_slice(key.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"productid" => &mut self.product_id,
            b"productname" => &mut self.product_name,
            b"devicename" => &mut self.device_name,
            b"topic" => &mut self.topic,
            b"payload" => &mut self.payload,
            b"seq" => &mut self.seq,
            b"timestamp" => &mut self.timestamp,
            b"msgtype" => &mut self.msg_type,
            b"event" => &mut self.event,
            b"time" => &mut self.time,
            b"timemills" | b"timemillis" => &mut self.time_mills,
            b"reason" => &mut self.reason,
            b"msgtitle" => &mut self.msg_title,
            b"msgcontent" => &mut self.msg_content,
            b"requestid" => &mut self.request_id,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_are_recognised_by_their_keys() {
        let cases = [
            (
                r#"{"devicename":"d","productid":"p","topic":"p/d/x","payload":{},"seq":1,"timestamp":2}"#,
                Some(EnvelopeKind::Http),
            ),
            (
                r#"{"DEVICENAME":"d","ProductID":"p","Payload":null,"Topic":"t"}"#,
                Some(EnvelopeKind::Http),
            ),
            (
                r#"{"devicename":"d","productid":"p","payload":1}"#,
                Some(EnvelopeKind::Http),
            ),
            (
                r#"{"topic":"$thing/up/property/p/d","payload":{}}"#,
                Some(EnvelopeKind::Http),
            ),
            (
                r#"{"devicename":"d","productid":"p"}"#,
                Some(EnvelopeKind::Unknown),
            ),
            (
                r#"{"devicename":{},"productid":"p","payload":1}"#,
                Some(EnvelopeKind::Unknown),
            ),
            (
                r#"{"MsgType":"Publish","Topic":"t"}"#,
                Some(EnvelopeKind::Queue),
            ),
            (r#"{"msgtype":"x"}"#, Some(EnvelopeKind::Queue)),
            (
                r#"{"Event":"Online","DeviceName":"d","ProductId":"p"}"#,
                Some(EnvelopeKind::Queue),
            ),
            (r#"{"Event":"Online"}"#, Some(EnvelopeKind::Unknown)),
            (r#"{"MsgTitle":"t"}"#, Some(EnvelopeKind::CustomPush)),
            (
                r#"{"msgcontent":"t","devicename":"d"}"#,
                Some(EnvelopeKind::CustomPush),
            ),
            ("{}", Some(EnvelopeKind::Unknown)),
            ("[]", Some(EnvelopeKind::Unknown)),
            ("null", Some(EnvelopeKind::Unknown)),
            (r#"{"\ud800":1}"#, Some(EnvelopeKind::Unknown)),
            ("", None),
            ("{", None),
            (r#"{"MsgType":"Publish",}"#, None),
            (r#"{"MsgType":"Publish"} x"#, None),
        ];
        for (body, expected) in cases {
            assert_eq!(
                Json::parse(body)
                    .map(Envelope::of)
                    .map(|envelope| envelope.kind),
                expected,
                "{body}"
            );
        }
    }
}
