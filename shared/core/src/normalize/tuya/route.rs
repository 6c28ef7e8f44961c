//! The type of a message's event.

use super::{super::draft::Draft, firmware, report, time};
use crate::{
    event::{
        detail::{Action, Alert, Binding, Datapoint, Detail, DeviceEvent, Presence, Renamed},
        device::Device,
    },
    json::Json,
    staged::TuyaProvenance,
    timestamp::Timestamp,
    tuya::Message,
};
use std::borrow::Cow;

/// The event of a message. It has the type `message` if the message has no type of its own, lacks a
/// member that its type needs, or cannot be shown as it came.
pub(super) fn route<'a>(
    message: &Message<'a>,
    is_shown: bool,
    delivery: &TuyaProvenance<'_>,
    received: Timestamp,
) -> Draft<'a> {
    let time = time::of_message(message, delivery, received);
    let detail = if is_shown {
        detail(message, time)
    } else {
        None
    };
    let reported = match &detail {
        Some(Detail::Properties(properties)) => properties.latest(),
        _ => None,
    };
    Draft {
        device: message.device.clone().map(|name| Device {
            product: message.product.clone(),
            name,
        }),
        time: reported.unwrap_or(time),
        detail: detail.unwrap_or(Detail::Message),
    }
}

/// A known code means the same with every protocol: Tuya's protocols are the coarser division, and
/// a code moves between them. Without a code, the list of a report decides.
fn detail<'a>(message: &Message<'a>, time: Timestamp) -> Option<Detail<'a>> {
    let code = message.code.as_deref();
    if code == Some("HighPriorityNotice") {
        return Some(notice(message.data));
    }
    message.device.as_ref()?;
    if message.is_report() {
        return report::properties(message.reported?, time).map(Detail::Properties);
    }
    let data = || message.data.filter(|data| data.is_object());
    match code? {
        "online" | "deviceOnline" => Some(Detail::Online(presence(data()))),
        "offline" | "deviceOffline" => Some(Detail::Offline(presence(data()))),
        "bindUser" | "deviceBindSpace" => Some(Detail::Bound(binding(data()))),
        "delete" | "deviceUnbindSpace" => Some(Detail::Unbound(binding(data()))),
        "nameUpdate" | "deviceNameUpdate" => renamed(data()?),
        "dpNameUpdate" => datapoint(data()?),
        "upgradeStatus" | "upgradeProcess" | "deviceOtaProgress" => {
            Some(Detail::Firmware(firmware::progress(data()?)))
        }
        "deviceEventMessage" => event(data()?.pick(["eventCode", "outputParams"])),
        "event_notify" => event(data()?.pick(["etype", "edata"])),
        "deviceActionResponseMessage" => Some(action(data()?)),
        _ => None,
    }
}

fn presence(data: Option<Json<'_>>) -> Presence<'_> {
    let [user] = data.map_or([None], |data| data.pick(["uid"]));
    Presence {
        user: user.and_then(Json::non_empty_text),
        ..Presence::default()
    }
}

fn binding(data: Option<Json<'_>>) -> Binding<'_> {
    let names = ["uid", "ownerId", "spaceId", "uuid"];
    let [user, owner, space, uuid] = data.map_or([None; 4], |data| data.pick(names));
    Binding {
        gateway: None,
        user: user.and_then(Json::non_empty_text),
        owner: owner.and_then(Json::non_empty_text),
        space: space.and_then(Json::non_empty_text),
        uuid: uuid.and_then(Json::non_empty_text),
    }
}

fn renamed(data: Json<'_>) -> Option<Detail<'_>> {
    let [name, user] = data.pick(["name", "uid"]);
    Some(Detail::Renamed(Renamed {
        name: name?.text()?,
        user: user.and_then(Json::non_empty_text),
    }))
}

fn datapoint(data: Json<'_>) -> Option<Detail<'_>> {
    let [dp_id, name] = data.pick(["dpId", "name"]);
    Some(Detail::Datapoint(Datapoint {
        dp_id: dp_id?.non_empty_text()?,
        name: name?.text()?,
    }))
}

fn event<'a>([code, params]: [Option<Json<'a>>; 2]) -> Option<Detail<'a>> {
    Some(Detail::Event(DeviceEvent {
        code: code?.non_empty_text()?,
        level: None,
        params: params.unwrap_or(Json::EMPTY_OBJECT),
    }))
}

/// Tuya's page of messages does not describe the content. The names are those of the API call with
/// which a cloud reports such an answer.
///
/// Source: <https://developer.tuya.com/en/docs/cloud/02aab06c58?id=Kbkbqkowyxcmx>.
fn action(data: Json<'_>) -> Detail<'_> {
    let [name, code, response, token] = data.pick(["actionCode", "code", "outputParams", "msgId"]);
    Detail::Action(Action {
        name: name.and_then(Json::non_empty_text),
        code,
        status: None,
        response,
        token: token.and_then(Json::non_empty_text),
    })
}

/// Source: <https://developer.tuya.com/en/docs/iot/highpriority-notice?id=Kdtaf3s83vl7v>, where
/// `eventData` is JSON in a string.
fn notice(data: Option<Json<'_>>) -> Detail<'_> {
    let [kind, content] = data.map_or([None; 2], |data| data.pick(["eventType", "eventData"]));
    Detail::Alert(Alert {
        title: kind.and_then(Json::non_empty_text),
        content: content.and_then(|content| {
            if content.is_string() {
                content.non_empty_text()
            } else {
                Some(Cow::Borrowed(content.as_str()))
            }
        }),
        request_id: None,
    })
}
