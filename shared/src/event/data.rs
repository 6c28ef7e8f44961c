//! What stands in an event's `data`.

use super::EventType;
use crate::{
    source::{Channel, Platform},
    timestamp::Timestamp,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An event's `data`: whom it is about, where it comes from, the part of its type, the payload.
#[derive(Debug)]
pub struct Data<'a> {
    /// Whom it is about, if a device is named.
    pub device: Option<Device<'a>>,
    /// Where it comes from, in the platform's own words.
    pub origin: Origin<'a>,
    /// The part that the event's type fixes.
    pub part: Part<'a>,
    /// What the device sent.
    pub payload: Content<'a>,
}

/// Product and name of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device<'a> {
    /// The platform's id of the product.
    pub product: Cow<'a, str>,
    /// The device's name within the product.
    pub name: Cow<'a, str>,
}

/// Where an event comes from, in the platform's own words.
#[derive(Debug, Clone, Serialize)]
pub struct Origin<'a> {
    /// The platform.
    pub platform: Platform,
    /// The channel by which the message came.
    pub channel: Channel,
    /// The topic, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<&'a str>,
    /// The platform's number of the message, as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<&'a RawValue>,
    /// Who published, where it is not the device itself: a gateway for its sub-device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Device<'a>>,
    /// What the platform calls this kind of message.
    pub kind: &'a str,
}

/// What the device sent.
#[derive(Debug, Clone)]
pub enum Content<'a> {
    /// Nothing, or nothing that may be shown.
    None,
    /// JSON, as it came.
    Json(&'a RawValue),
    /// Text that is no JSON, or JSON that common parsers refuse.
    Text(&'a str),
    /// Bytes that are no text.
    Bytes(&'a [u8]),
}

/// The part of `data` that the event's type fixes.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// `online`.
    Online(Presence<'a>),
    /// `offline`.
    Offline(Presence<'a>),
    /// `properties`.
    Properties(Vec<Property<'a>>),
    /// `event`.
    Event(DeviceEvent<'a>),
    /// `action`.
    Action(Action<'a>),
    /// `info`: the object as it came.
    Info(&'a RawValue),
    /// `firmware`.
    Firmware(Firmware<'a>),
    /// `bound`.
    Bound(Binding<'a>),
    /// `unbound`.
    Unbound(Binding<'a>),
    /// `alert`.
    Alert(Alert<'a>),
    /// `message`: of a device or not.
    Message(Message),
}

/// How a device came or went.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Presence<'a> {
    /// Why, in the platform's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    /// The gateway that told it of its sub-device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Device<'a>>,
}

/// One property that was reported.
#[derive(Debug, Clone, Serialize)]
pub struct Property<'a> {
    /// The platform's name of the property.
    pub code: Cow<'a, str>,
    /// The value as it came.
    pub value: &'a RawValue,
    /// When it had the value.
    pub time: Timestamp,
    /// The number of the data point, where the platform has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dp_id: Option<&'a str>,
}

/// An event of the device's model.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceEvent<'a> {
    /// The platform's name of the event.
    pub code: Cow<'a, str>,
    /// `info`, `alert`, `fault`, or what else may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Cow<'a, str>>,
    /// Its parameters as they came; `{}` where there are none.
    pub params: &'a RawValue,
}

/// A device's answer to an action.
#[derive(Debug, Clone, Serialize)]
pub struct Action<'a> {
    /// What ties the answer to the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<Cow<'a, str>>,
    /// 0 for success, else the device's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a RawValue>,
    /// Text of the device's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Cow<'a, str>>,
    /// The result as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<&'a RawValue>,
}

/// What a device tells about its firmware.
#[derive(Debug, Clone, Serialize)]
pub struct Firmware<'a> {
    /// `version` for a report of the version in use; else `downloading`, `burning`, `done`,
    /// `failed`, or the platform's own word.
    pub state: Cow<'a, str>,
    /// The version in use, or the one that is being installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Cow<'a, str>>,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<i64>,
    /// 0 for success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_code: Option<i64>,
    /// Text of the device's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Cow<'a, str>>,
}

/// To what a device was bound, or from what it was unbound.
#[derive(Debug, Clone, Serialize)]
pub struct Binding<'a> {
    /// The gateway of a sub-device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Device<'a>>,
}

/// The platform's alert to the user.
#[derive(Debug, Clone, Serialize)]
pub struct Alert<'a> {
    /// The title from the user's template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Cow<'a, str>>,
    /// The platform's id of the push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Cow<'a, str>>,
}

/// What has no type of its own.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Where its content stands.
    pub format: Format,
}

/// Where the content of a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// In `payload`.
    Json,
    /// In `payload_text`.
    Text,
    /// In `payload_base64`.
    Binary,
    /// There is none.
    None,
    /// Nowhere: it may hold secrets, and is no JSON from which they could be taken.
    Withheld,
}

impl Part<'_> {
    /// The type of the event that the part makes of a device's message.
    pub fn event_type(&self) -> EventType {
        match self {
            Part::Online(_) => EventType::DeviceOnline,
            Part::Offline(_) => EventType::DeviceOffline,
            Part::Properties(_) => EventType::DeviceProperties,
            Part::Event(_) => EventType::DeviceEvent,
            Part::Action(_) => EventType::DeviceAction,
            Part::Info(_) => EventType::DeviceInfo,
            Part::Firmware(_) => EventType::DeviceFirmware,
            Part::Bound(_) => EventType::DeviceBound,
            Part::Unbound(_) => EventType::DeviceUnbound,
            Part::Alert(_) => EventType::Alert,
            Part::Message(_) => EventType::DeviceMessage,
        }
    }
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(device) = &self.device {
            map.serialize_entry("device", device)?;
        }
        map.serialize_entry("origin", &self.origin)?;
        match &self.part {
            Part::Online(part) => map.serialize_entry("online", part)?,
            Part::Offline(part) => map.serialize_entry("offline", part)?,
            Part::Properties(part) => map.serialize_entry("properties", part)?,
            Part::Event(part) => map.serialize_entry("event", part)?,
            Part::Action(part) => map.serialize_entry("action", part)?,
            Part::Info(part) => map.serialize_entry("info", part)?,
            Part::Firmware(part) => map.serialize_entry("firmware", part)?,
            Part::Bound(part) => map.serialize_entry("bound", part)?,
            Part::Unbound(part) => map.serialize_entry("unbound", part)?,
            Part::Alert(part) => map.serialize_entry("alert", part)?,
            Part::Message(part) => map.serialize_entry("message", part)?,
        }
        match self.payload {
            Content::None => {}
            Content::Json(value) => map.serialize_entry("payload", value)?,
            Content::Text(text) => map.serialize_entry("payload_text", text)?,
            Content::Bytes(bytes) => {
                map.serialize_entry("payload_base64", &BASE64.encode(bytes))?
            }
        }
        map.end()
    }
}
