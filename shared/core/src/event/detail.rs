//! The part of an event's `data` that depends on its type.

use super::{EventType, device::Device, properties::Properties};
use crate::json::{
    Json, Scalar,
    write::{ObjectWriter, value_of},
};
use std::borrow::Cow;

/// The part of `data` that depends on the event's type.
#[derive(Debug, Clone)]
pub enum Detail<'a> {
    Online(Presence<'a>),
    Offline(Presence<'a>),
    Properties(Properties<'a>),
    Event(DeviceEvent<'a>),
    Action(Action<'a>),
    /// The object as it came.
    Info(Json<'a>),
    Firmware(Firmware<'a>),
    Bound(Binding<'a>),
    Unbound(Binding<'a>),
    Renamed(Renamed<'a>),
    Datapoint(Datapoint<'a>),
    Alert(Alert<'a>),
    /// A message of a device, or of no device.
    Message,
}

/// How a device connected or disconnected.
#[derive(Debug, Clone, Default)]
pub struct Presence<'a> {
    /// The reason, in the platform's words.
    pub reason: Option<Cow<'a, str>>,
    /// The gateway that reported the state of its sub-device.
    pub gateway: Option<Device<'a>>,
    /// The platform's id of the device's user.
    pub user: Option<Cow<'a, str>>,
}

/// An event of the device's model.
#[derive(Debug, Clone)]
pub struct DeviceEvent<'a> {
    /// The platform's name of the event.
    pub code: Cow<'a, str>,
    /// `info`, `alert`, `fault`, or another word.
    pub level: Option<Cow<'a, str>>,
    /// The parameters as they came; `{}` if there are none.
    pub params: Json<'a>,
}

/// A device's answer to an action.
#[derive(Debug, Clone)]
pub struct Action<'a> {
    /// The platform's name of the action.
    pub name: Option<Cow<'a, str>>,
    /// The code as it came: 0 for success.
    pub code: Option<Json<'a>>,
    /// A text from the device.
    pub status: Option<Cow<'a, str>>,
    /// The result as it came.
    pub response: Option<Json<'a>>,
    /// The token that ties the answer to the call.
    pub token: Option<Cow<'a, str>>,
}

/// What a device reports about its firmware.
#[derive(Debug, Clone)]
pub struct Firmware<'a> {
    /// `version` for a report of the installed version; else `ready`, `updating`, `downloading`,
    /// `burning`, `done`, `failed`, `unknown`, or the platform's own word.
    pub state: Cow<'a, str>,
    /// The installed version, or the version that is being installed.
    pub version: Option<Cow<'a, str>>,
    /// The version before the update.
    pub previous_version: Option<Cow<'a, str>>,
    /// The platform's number of the module that runs the firmware.
    pub module: Option<Scalar<'a>>,
    /// Progress in percent: a number.
    pub percent: Option<Scalar<'a>>,
    /// 0 for success.
    pub result_code: Option<Scalar<'a>>,
    /// A text from the device.
    pub message: Option<Cow<'a, str>>,
}

/// The gateway, user or space that a device was bound to or unbound from.
#[derive(Debug, Clone, Default)]
pub struct Binding<'a> {
    /// The gateway of a sub-device.
    pub gateway: Option<Device<'a>>,
    /// The platform's id of the user.
    pub user: Option<Cow<'a, str>>,
    /// The platform's id of the owner, if it names an owner as well as the user.
    pub owner: Option<Cow<'a, str>>,
    /// The platform's id of the space.
    pub space: Option<Cow<'a, str>>,
    /// The id that is stored on the device itself.
    pub uuid: Option<Cow<'a, str>>,
}

/// The new name of a device.
#[derive(Debug, Clone)]
pub struct Renamed<'a> {
    pub name: Cow<'a, str>,
    /// The platform's id of the device's user.
    pub user: Option<Cow<'a, str>>,
}

/// The new name of a data point.
#[derive(Debug, Clone)]
pub struct Datapoint<'a> {
    pub dp_id: Cow<'a, str>,
    pub name: Cow<'a, str>,
}

/// The platform's alert to the user.
#[derive(Debug, Clone)]
pub struct Alert<'a> {
    /// The title from the user's template, or the platform's name for the alert.
    pub title: Option<Cow<'a, str>>,
    /// The content, from the user's template or the platform's. JSON is kept as text.
    pub content: Option<Cow<'a, str>>,
    /// The platform's id of the push.
    pub request_id: Option<Cow<'a, str>>,
}

impl Detail<'_> {
    /// The type of the event. A message has another type if it names a device.
    pub fn event_type(&self, device: Option<&Device<'_>>) -> EventType {
        match self {
            Detail::Online(_) => EventType::DeviceOnline,
            Detail::Offline(_) => EventType::DeviceOffline,
            Detail::Properties(_) => EventType::DeviceProperties,
            Detail::Event(_) => EventType::DeviceEvent,
            Detail::Action(_) => EventType::DeviceAction,
            Detail::Info(_) => EventType::DeviceInfo,
            Detail::Firmware(_) => EventType::DeviceFirmware,
            Detail::Bound(_) => EventType::DeviceBound,
            Detail::Unbound(_) => EventType::DeviceUnbound,
            Detail::Renamed(_) => EventType::DeviceRenamed,
            Detail::Datapoint(_) => EventType::DatapointRenamed,
            Detail::Alert(_) => EventType::Alert,
            Detail::Message if device.is_some() => EventType::DeviceMessage,
            Detail::Message => EventType::Message,
        }
    }

    /// The key in `data`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Detail::Online(_) => "online",
            Detail::Offline(_) => "offline",
            Detail::Properties(_) => "properties",
            Detail::Event(_) => "event",
            Detail::Action(_) => "action",
            Detail::Info(_) => "info",
            Detail::Firmware(_) => "firmware",
            Detail::Bound(_) => "bound",
            Detail::Unbound(_) => "unbound",
            Detail::Renamed(_) => "renamed",
            Detail::Datapoint(_) => "datapoint",
            Detail::Alert(_) => "alert",
            Detail::Message => "message",
        }
    }

    /// Writes the detail. `format` names the place of the message's content.
    pub(super) fn write(&self, out: &mut String, format: &str) {
        match self {
            Detail::Properties(properties) => return properties.write(out),
            Detail::Info(info) => return value_of(out, *info),
            _ => {}
        }
        let mut part = ObjectWriter::begin(out);
        match self {
            Detail::Online(presence) | Detail::Offline(presence) => {
                part.maybe_text("reason", presence.reason.as_deref());
                if let Some(gateway) = &presence.gateway {
                    gateway.write(part.member("gateway"));
                }
                part.maybe_text("user", presence.user.as_deref());
            }
            Detail::Event(event) => {
                part.text("code", &event.code);
                part.maybe_text("level", event.level.as_deref());
                value_of(part.member("params"), event.params);
            }
            Detail::Action(action) => {
                part.maybe_text("name", action.name.as_deref());
                part.maybe_json("code", action.code);
                part.maybe_text("status", action.status.as_deref());
                part.maybe_json("response", action.response);
                part.maybe_text("token", action.token.as_deref());
            }
            Detail::Firmware(firmware) => {
                part.text("state", &firmware.state);
                part.maybe_text("version", firmware.version.as_deref());
                part.maybe_text("previous_version", firmware.previous_version.as_deref());
                part.maybe_scalar("module", firmware.module.as_ref());
                part.maybe_scalar("percent", firmware.percent.as_ref());
                part.maybe_scalar("result_code", firmware.result_code.as_ref());
                part.maybe_text("message", firmware.message.as_deref());
            }
            Detail::Bound(binding) | Detail::Unbound(binding) => {
                if let Some(gateway) = &binding.gateway {
                    gateway.write(part.member("gateway"));
                }
                part.maybe_text("user", binding.user.as_deref());
                part.maybe_text("owner", binding.owner.as_deref());
                part.maybe_text("space", binding.space.as_deref());
                part.maybe_text("uuid", binding.uuid.as_deref());
            }
            Detail::Renamed(renamed) => {
                part.text("name", &renamed.name);
                part.maybe_text("user", renamed.user.as_deref());
            }
            Detail::Datapoint(datapoint) => {
                part.text("dp_id", &datapoint.dp_id);
                part.text("name", &datapoint.name);
            }
            Detail::Alert(alert) => {
                part.maybe_text("title", alert.title.as_deref());
                part.maybe_text("content", alert.content.as_deref());
                part.maybe_text("request_id", alert.request_id.as_deref());
            }
            Detail::Message => part.plain("format", format),
            Detail::Properties(_) | Detail::Info(_) => {}
        }
        part.end();
    }
}
