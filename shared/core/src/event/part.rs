//! The part of an event's `data` that its type fixes.

use super::{EventType, data::Device, properties::Properties};
use crate::json::{
    Json, Scalar,
    write::{ObjectWriter, value_of},
};
use std::borrow::Cow;

/// The part of `data` that the event's type fixes.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// `online`.
    Online(Presence<'a>),
    /// `offline`.
    Offline(Presence<'a>),
    /// `properties`.
    Properties(Properties<'a>),
    /// `event`.
    Event(DeviceEvent<'a>),
    /// `action`.
    Action(Action<'a>),
    /// `info`: the object as it came.
    Info(Json<'a>),
    /// `firmware`.
    Firmware(Firmware<'a>),
    /// `bound`.
    Bound(Binding<'a>),
    /// `unbound`.
    Unbound(Binding<'a>),
    /// `renamed`.
    Renamed(Renamed<'a>),
    /// `datapoint`.
    Datapoint(Datapoint<'a>),
    /// `alert`.
    Alert(Alert<'a>),
    /// `message`: of a device or not.
    Message,
}

/// How a device came or went.
#[derive(Debug, Clone, Default)]
pub struct Presence<'a> {
    /// Why, in the platform's words.
    pub reason: Option<Cow<'a, str>>,
    /// The gateway that told it of its sub-device.
    pub gateway: Option<Device<'a>>,
    /// The platform's id of the user whose device it is.
    pub user: Option<Cow<'a, str>>,
}

/// An event of the device's model.
#[derive(Debug, Clone)]
pub struct DeviceEvent<'a> {
    /// The platform's name of the event.
    pub code: Cow<'a, str>,
    /// `info`, `alert`, `fault`, or what else may come.
    pub level: Option<Cow<'a, str>>,
    /// Its parameters as they came; `{}` where there are none.
    pub params: Json<'a>,
}

/// A device's answer to an action.
#[derive(Debug, Clone)]
pub struct Action<'a> {
    /// The platform's name of the action.
    pub name: Option<Cow<'a, str>>,
    /// As it came: 0 for success.
    pub code: Option<Json<'a>>,
    /// Text of the device's.
    pub status: Option<Cow<'a, str>>,
    /// The result as it came.
    pub response: Option<Json<'a>>,
    /// What ties the answer to the call.
    pub token: Option<Cow<'a, str>>,
}

/// What a device tells about its firmware.
#[derive(Debug, Clone)]
pub struct Firmware<'a> {
    /// `version` for a report of the version in use; else `ready`, `updating`, `downloading`,
    /// `burning`, `done`, `failed`, `unknown`, or the platform's own word.
    pub state: Cow<'a, str>,
    /// The version in use, or the one that is being installed.
    pub version: Option<Cow<'a, str>>,
    /// The version before the update.
    pub previous_version: Option<Cow<'a, str>>,
    /// The platform's number of the module whose firmware it is.
    pub module: Option<Scalar<'a>>,
    /// Progress in percent: a number.
    pub percent: Option<Scalar<'a>>,
    /// 0 for success.
    pub result_code: Option<Scalar<'a>>,
    /// Text of the device's.
    pub message: Option<Cow<'a, str>>,
}

/// To what a device was bound, or from what it was unbound.
#[derive(Debug, Clone, Default)]
pub struct Binding<'a> {
    /// The gateway of a sub-device.
    pub gateway: Option<Device<'a>>,
    /// The platform's id of the user.
    pub user: Option<Cow<'a, str>>,
    /// The platform's id of the owner, where it names one beside the user.
    pub owner: Option<Cow<'a, str>>,
    /// The platform's id of the space.
    pub space: Option<Cow<'a, str>>,
    /// The id that the device itself bears.
    pub uuid: Option<Cow<'a, str>>,
}

/// A device was given another name.
#[derive(Debug, Clone)]
pub struct Renamed<'a> {
    /// The name that it has now.
    pub name: Cow<'a, str>,
    /// The platform's id of the user whose device it is.
    pub user: Option<Cow<'a, str>>,
}

/// A data point was given another name.
#[derive(Debug, Clone)]
pub struct Datapoint<'a> {
    /// Its number.
    pub dp_id: Cow<'a, str>,
    /// The name that it has now.
    pub name: Cow<'a, str>,
}

/// The platform's alert to the user.
#[derive(Debug, Clone)]
pub struct Alert<'a> {
    /// The title from the user's template, or the platform's word for what it alerts of.
    pub title: Option<Cow<'a, str>>,
    /// The content, from the user's template or the platform's; the text of the JSON where it is
    /// JSON.
    pub content: Option<Cow<'a, str>>,
    /// The platform's id of the push.
    pub request_id: Option<Cow<'a, str>>,
}

impl Part<'_> {
    /// The type of the event that the part makes of a message, of a device or not.
    pub fn event_type(&self, device: Option<&Device<'_>>) -> EventType {
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
            Part::Renamed(_) => EventType::DeviceRenamed,
            Part::Datapoint(_) => EventType::DatapointRenamed,
            Part::Alert(_) => EventType::Alert,
            Part::Message if device.is_some() => EventType::DeviceMessage,
            Part::Message => EventType::Message,
        }
    }

    /// The key in `data`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Part::Online(_) => "online",
            Part::Offline(_) => "offline",
            Part::Properties(_) => "properties",
            Part::Event(_) => "event",
            Part::Action(_) => "action",
            Part::Info(_) => "info",
            Part::Firmware(_) => "firmware",
            Part::Bound(_) => "bound",
            Part::Unbound(_) => "unbound",
            Part::Renamed(_) => "renamed",
            Part::Datapoint(_) => "datapoint",
            Part::Alert(_) => "alert",
            Part::Message => "message",
        }
    }

    /// Writes the part. The format says where the content of the message stands.
    pub(super) fn write(&self, out: &mut String, format: &str) {
        match self {
            Part::Properties(properties) => return properties.write(out),
            Part::Info(info) => return value_of(out, *info),
            _ => {}
        }
        let mut part = ObjectWriter::begin(out);
        match self {
            Part::Online(presence) | Part::Offline(presence) => {
                part.maybe_text("reason", presence.reason.as_deref());
                if let Some(gateway) = &presence.gateway {
                    gateway.write(part.member("gateway"));
                }
                part.maybe_text("user", presence.user.as_deref());
            }
            Part::Event(event) => {
                part.text("code", &event.code);
                part.maybe_text("level", event.level.as_deref());
                value_of(part.member("params"), event.params);
            }
            Part::Action(action) => {
                part.maybe_text("name", action.name.as_deref());
                part.maybe_json("code", action.code);
                part.maybe_text("status", action.status.as_deref());
                part.maybe_json("response", action.response);
                part.maybe_text("token", action.token.as_deref());
            }
            Part::Firmware(firmware) => {
                part.text("state", &firmware.state);
                part.maybe_text("version", firmware.version.as_deref());
                part.maybe_text("previous_version", firmware.previous_version.as_deref());
                part.maybe_scalar("module", firmware.module.as_ref());
                part.maybe_scalar("percent", firmware.percent.as_ref());
                part.maybe_scalar("result_code", firmware.result_code.as_ref());
                part.maybe_text("message", firmware.message.as_deref());
            }
            Part::Bound(binding) | Part::Unbound(binding) => {
                if let Some(gateway) = &binding.gateway {
                    gateway.write(part.member("gateway"));
                }
                part.maybe_text("user", binding.user.as_deref());
                part.maybe_text("owner", binding.owner.as_deref());
                part.maybe_text("space", binding.space.as_deref());
                part.maybe_text("uuid", binding.uuid.as_deref());
            }
            Part::Renamed(renamed) => {
                part.text("name", &renamed.name);
                part.maybe_text("user", renamed.user.as_deref());
            }
            Part::Datapoint(datapoint) => {
                part.text("dp_id", &datapoint.dp_id);
                part.text("name", &datapoint.name);
            }
            Part::Alert(alert) => {
                part.maybe_text("title", alert.title.as_deref());
                part.maybe_text("content", alert.content.as_deref());
                part.maybe_text("request_id", alert.request_id.as_deref());
            }
            Part::Message => part.plain("format", format),
            Part::Properties(_) | Part::Info(_) => {}
        }
        part.end();
    }
}
