//! The `data` of an event.

use super::{detail::Detail, device::Device};
use crate::{
    json::{
        Json, Scalar,
        write::{ObjectWriter, string, value_of},
    },
    source::{Channel, Platform},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use std::borrow::Cow;

/// An event's `data`: the device, the origin, the detail of the event's type, and the payload.
#[derive(Debug)]
pub struct Data<'a> {
    /// `None` if the message names no device.
    pub device: Option<&'a Device<'a>>,
    pub origin: &'a Origin<'a>,
    /// The part that depends on the event's type.
    pub detail: &'a Detail<'a>,
    pub content: Content<'a>,
}

/// The origin of an event, in the platform's own terms.
#[derive(Debug, Clone)]
pub struct Origin<'a> {
    pub platform: Platform,
    pub channel: Channel,
    pub topic: Option<&'a str>,
    /// The platform's number of the message, as it came.
    pub seq: Option<Scalar<'a>>,
    /// The publisher, if that is not the device itself: a gateway for its sub-device.
    pub publisher: Option<Device<'a>>,
    /// The platform's name for this kind of message.
    pub kind: Cow<'a, str>,
    /// The platform's number for the family of the message.
    pub protocol: Option<i64>,
    /// The result of checking the platform's signature on the message.
    pub sign: Option<&'static str>,
}

/// The payload of a message.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    None,
    /// JSON, as it came.
    Json(Json<'a>),
    /// Text that is not JSON, or JSON that common parsers refuse.
    Text(&'a str),
    /// Bytes that are not text.
    Bytes(&'a [u8]),
    /// The content may hold secrets, and is not JSON from which they could be removed.
    Withheld,
}

impl Data<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let mut data = ObjectWriter::begin(out);
        if let Some(device) = self.device {
            device.write(data.member("device"));
        }
        self.origin.write(data.member("origin"));
        self.detail
            .write(data.member(self.detail.name()), self.content.format());
        match self.content {
            Content::None | Content::Withheld => {}
            Content::Json(value) => value_of(data.member("payload"), value),
            Content::Text(text) => string(data.member("payload_text"), text),
            Content::Bytes(bytes) => {
                let out = data.member("payload_base64");
                out.push('"');
                BASE64.encode_string(bytes, out);
                out.push('"');
            }
        }
        data.end();
    }
}

impl Origin<'_> {
    fn write(&self, out: &mut String) {
        let mut origin = ObjectWriter::begin(out);
        origin.plain("platform", self.platform.as_str());
        origin.plain("channel", self.channel.as_str());
        origin.maybe_text("topic", self.topic);
        origin.maybe_scalar("seq", self.seq.as_ref());
        if let Some(publisher) = &self.publisher {
            publisher.write(origin.member("publisher"));
        }
        origin.text("kind", &self.kind);
        if let Some(protocol) = self.protocol {
            origin.member("protocol").push_str(&protocol.to_string());
        }
        if let Some(sign) = self.sign {
            origin.plain("sign", sign);
        }
        origin.end();
    }
}

impl Content<'_> {
    /// The name of the content's format.
    fn format(self) -> &'static str {
        match self {
            Content::None => "none",
            Content::Json(_) => "json",
            Content::Text(_) => "text",
            Content::Bytes(_) => "binary",
            Content::Withheld => "withheld",
        }
    }
}
