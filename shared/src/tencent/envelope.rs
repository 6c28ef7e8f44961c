//! The three envelopes, recognised by their keys, whatever the platform of the source.
//!
//! Keys are taken in any case: the pages write `productid`, `ProductId` and `ProductID`. Of a key
//! that comes twice the last counts. A field of a type that makes no sense counts as absent.
//!
//! Sources: "Forwarding data to a third-party service" (IoT Hub), "Data synchronisation" and
//! "Custom push" (IoT Explorer), "Message queue" (IoT Video).

use super::topic::Topic;
use crate::json::{self, Key};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// Which envelope it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Rule forwarding and data synchronisation over HTTP.
    Http,
    /// The envelope of the message queues: `MsgType`, `Event`, `Payload` in base64.
    Queue,
    /// Custom push: title and content of the user's own.
    CustomPush,
    /// None of these.
    Unknown,
}

/// The fields of a message, of whatever envelope.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Which envelope it is.
    pub shape: Shape,
    fields: Fields<'a>,
    topic: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct Fields<'a> {
    product_id: Option<&'a RawValue>,
    /// 2017 and 2018 wrote this in place of the id.
    product_name: Option<&'a RawValue>,
    device_name: Option<&'a RawValue>,
    topic: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
    seq: Option<&'a RawValue>,
    timestamp: Option<&'a RawValue>,
    msg_type: Option<&'a RawValue>,
    event: Option<&'a RawValue>,
    time: Option<&'a RawValue>,
    reason: Option<&'a RawValue>,
    msg_title: Option<&'a RawValue>,
    msg_content: Option<&'a RawValue>,
    request_id: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads a body; nothing if it is no JSON. JSON of any other kind has the shape
    /// [`Shape::Unknown`].
    pub fn parse(body: &'a str) -> Option<Envelope<'a>> {
        let fields = match serde_json::from_str::<Fields<'a>>(body) {
            Ok(fields) => fields,
            // No object, or one whose keys cannot be read, is JSON all the same.
            Err(_) if json::is_json(body) => Fields::default(),
            Err(_) => return None,
        };
        let topic = fields
            .topic
            .and_then(json::text)
            .filter(|topic| !topic.is_empty());
        let mut envelope = Envelope {
            shape: Shape::Unknown,
            fields,
            topic,
        };
        envelope.shape = envelope.recognise();
        Some(envelope)
    }

    fn recognise(&self) -> Shape {
        let fields = &self.fields;
        let named = self.product().is_some() && self.device_name().is_some();
        let named_by_topic = || self.topic().is_some_and(|topic| topic.device.is_some());
        if fields.msg_type.is_some() || (fields.event.is_some() && named) {
            Shape::Queue
        } else if fields.msg_title.is_some() || fields.msg_content.is_some() {
            Shape::CustomPush
        } else if (named && (self.topic.is_some() || fields.payload.is_some()))
            || (named_by_topic() && fields.payload.is_some())
        {
            Shape::Http
        } else {
            Shape::Unknown
        }
    }

    /// The product that published.
    pub fn product(&self) -> Option<Cow<'a, str>> {
        name(self.fields.product_id).or_else(|| name(self.fields.product_name))
    }

    /// The device that published.
    pub fn device_name(&self) -> Option<Cow<'a, str>> {
        name(self.fields.device_name)
    }

    /// The topic as it came; nothing if it is empty.
    pub fn topic_text(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// The topic taken apart.
    pub fn topic(&self) -> Option<Topic<'_>> {
        self.topic.as_deref().map(Topic::parse)
    }

    /// The platform's number of the message, as it is written.
    pub fn seq(&self) -> Option<&'a RawValue> {
        self.fields
            .seq
            .filter(|seq| json::text(seq).is_some_and(|text| !text.is_empty()))
    }

    /// When the platform forwarded: Unix seconds over HTTP, a number or a string.
    pub fn timestamp(&self) -> Option<&'a RawValue> {
        self.fields.timestamp
    }

    /// When it happened, `YYYY-MM-DD HH:MM:SS`, in the queue envelope.
    pub fn time(&self) -> Option<Cow<'a, str>> {
        self.fields.time.and_then(json::text)
    }

    /// `Publish`, `Forward`, `StatusChange`, `Status`, or what else may come.
    pub fn msg_type(&self) -> Option<Cow<'a, str>> {
        name(self.fields.msg_type)
    }

    /// `Online`, `Offline`, or what else may come; nothing if it is empty.
    pub fn event(&self) -> Option<Cow<'a, str>> {
        name(self.fields.event)
    }

    /// Why a device went: free text, a code, or nothing.
    pub fn reason(&self) -> Option<Cow<'a, str>> {
        name(self.fields.reason)
    }

    /// The payload as the envelope has it; `null` counts as absent.
    pub fn raw_payload(&self) -> Option<&'a RawValue> {
        self.fields
            .payload
            .filter(|payload| payload.get() != "null")
    }

    /// Title of a custom push.
    pub fn title(&self) -> Option<Cow<'a, str>> {
        self.fields.msg_title.and_then(json::text)
    }

    /// Content of a custom push: text from the user's own template, or JSON.
    pub fn content(&self) -> Option<&'a RawValue> {
        self.fields
            .msg_content
            .filter(|content| content.get() != "null")
    }

    /// What tells a custom push from others.
    pub fn request_id(&self) -> Option<Cow<'a, str>> {
        name(self.fields.request_id)
    }
}

/// A text that is not empty.
fn name(value: Option<&RawValue>) -> Option<Cow<'_, str>> {
    value.and_then(json::text).filter(|text| !text.is_empty())
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields::default();
                while let Some(Key(key)) = map.next_key()? {
                    match fields.of_key(&key) {
                        Some(field) => *field = Some(map.next_value()?),
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

impl<'a> Fields<'a> {
    fn of_key(&mut self, key: &str) -> Option<&mut Option<&'a RawValue>> {
        let mut buffer = [0; 16];
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
                Some(Shape::Http),
            ),
            (
                r#"{"DEVICENAME":"d","ProductID":"p","Payload":null,"Topic":"t"}"#,
                Some(Shape::Http),
            ),
            (
                r#"{"devicename":"d","productid":"p","payload":1}"#,
                Some(Shape::Http),
            ),
            (
                r#"{"topic":"$thing/up/property/p/d","payload":{}}"#,
                Some(Shape::Http),
            ),
            (
                r#"{"devicename":"d","productid":"p"}"#,
                Some(Shape::Unknown),
            ),
            (
                r#"{"devicename":{},"productid":"p","payload":1}"#,
                Some(Shape::Unknown),
            ),
            (r#"{"MsgType":"Publish","Topic":"t"}"#, Some(Shape::Queue)),
            (r#"{"msgtype":"x"}"#, Some(Shape::Queue)),
            (
                r#"{"Event":"Online","DeviceName":"d","ProductId":"p"}"#,
                Some(Shape::Queue),
            ),
            (r#"{"Event":"Online"}"#, Some(Shape::Unknown)),
            (r#"{"MsgTitle":"t"}"#, Some(Shape::CustomPush)),
            (
                r#"{"msgcontent":"t","devicename":"d"}"#,
                Some(Shape::CustomPush),
            ),
            ("{}", Some(Shape::Unknown)),
            ("[]", Some(Shape::Unknown)),
            ("null", Some(Shape::Unknown)),
            (r#"{"\ud800":1}"#, Some(Shape::Unknown)),
            ("", None),
            ("{", None),
            (r#"{"MsgType":"Publish",}"#, None),
            (r#"{"MsgType":"Publish"} x"#, None),
        ];
        for (body, expected) in cases {
            assert_eq!(
                Envelope::parse(body).map(|envelope| envelope.shape),
                expected,
                "{body}"
            );
        }
    }
}
