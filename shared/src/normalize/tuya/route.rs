//! Which type of event a message gives.

use super::{super::draft::Draft, firmware, plaintext::Plaintext, report};
use crate::{
    event::{
        data::Content,
        part::{Action, Alert, Binding, Datapoint, DeviceEvent, Part, Presence, Renamed},
    },
    json::Json,
    staged::TuyaDelivery,
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// The protocol of reports of data, which have no code.
const REPORT: i64 = 4;

/// The event of a message. What has no type of its own, or lacks what its type needs, is a message.
pub(super) fn route<'a>(
    plaintext: &Plaintext<'a>,
    content: Content<'a>,
    delivery: &TuyaDelivery<'_>,
    received: Timestamp,
) -> Draft<'a> {
    let time = plaintext.time(delivery, received);
    let part = match content {
        Content::Json(_) => part(plaintext, delivery.protocol, time),
        _ => None,
    };
    let reported = match &part {
        Some(Part::Properties(properties)) => properties.latest(),
        _ => None,
    };
    Draft {
        device: plaintext.device.clone(),
        time: reported.unwrap_or(time),
        part: part.unwrap_or(Part::Message),
    }
}

/// A code that is known means the same whatever the protocol says: Tuya's protocols are the
/// coarser division, and a code moves between them. The protocol decides where there is no code.
fn part<'a>(plaintext: &Plaintext<'a>, protocol: Option<i64>, time: Timestamp) -> Option<Part<'a>> {
    let code = plaintext.code.as_deref();
    if code == Some("HighPriorityNotice") {
        return Some(notice(plaintext.data));
    }
    plaintext.device.as_ref()?;
    let data = || plaintext.data.filter(|data| data.is_object());
    match (code, protocol) {
        (None, Some(REPORT) | None) | (Some("statusReport"), _) => {
            report::status(plaintext.status?, time).map(Part::Properties)
        }
        (Some("devicePropertyMessage"), _) => {
            report::properties(data()?, time).map(Part::Properties)
        }
        (Some("online" | "deviceOnline"), _) => Some(Part::Online(presence(data()))),
        (Some("offline" | "deviceOffline"), _) => Some(Part::Offline(presence(data()))),
        (Some("bindUser" | "deviceBindSpace"), _) => Some(Part::Bound(binding(data()))),
        (Some("delete" | "deviceUnbindSpace"), _) => Some(Part::Unbound(binding(data()))),
        (Some("nameUpdate" | "deviceNameUpdate"), _) => renamed(data()?),
        (Some("dpNameUpdate"), _) => datapoint(data()?),
        (Some("upgradeStatus" | "upgradeProcess" | "deviceOtaProgress"), _) => {
            Some(Part::Firmware(firmware::progress(data()?)))
        }
        (Some("deviceEventMessage"), _) => event(data()?.pick(["eventCode", "outputParams"])),
        (Some("event_notify"), _) => event(data()?.pick(["etype", "edata"])),
        (Some("deviceActionResponseMessage"), _) => Some(action(data()?)),
        _ => None,
    }
}

fn presence(data: Option<Json<'_>>) -> Presence<'_> {
    let [user] = data.map_or([None], |data| data.pick(["uid"]));
    Presence {
        user: user.and_then(Json::word),
        ..Presence::default()
    }
}

fn binding(data: Option<Json<'_>>) -> Binding<'_> {
    let names = ["uid", "ownerId", "spaceId", "uuid"];
    let [user, owner, space, uuid] = data.map_or([None; 4], |data| data.pick(names));
    Binding {
        gateway: None,
        user: user.and_then(Json::word),
        owner: owner.and_then(Json::word),
        space: space.and_then(Json::word),
        uuid: uuid.and_then(Json::word),
    }
}

fn renamed(data: Json<'_>) -> Option<Part<'_>> {
    let [name, user] = data.pick(["name", "uid"]);
    Some(Part::Renamed(Renamed {
        name: name?.text()?,
        user: user.and_then(Json::word),
    }))
}

fn datapoint(data: Json<'_>) -> Option<Part<'_>> {
    let [dp_id, name] = data.pick(["dpId", "name"]);
    Some(Part::Datapoint(Datapoint {
        dp_id: dp_id?.word()?,
        name: name?.text()?,
    }))
}

fn event<'a>([code, params]: [Option<Json<'a>>; 2]) -> Option<Part<'a>> {
    Some(Part::Event(DeviceEvent {
        code: code?.word()?,
        level: None,
        params: params.unwrap_or(Json::EMPTY_OBJECT),
    }))
}

/// Tuya's page of messages does not say what is in it. The words are those of the call by which a
/// cloud reports such an answer.
///
/// Source: <https://developer.tuya.com/en/docs/cloud/02aab06c58?id=Kbkbqkowyxcmx>.
fn action(data: Json<'_>) -> Part<'_> {
    let [name, code, response, token] = data.pick(["actionCode", "code", "outputParams", "msgId"]);
    Part::Action(Action {
        name: name.and_then(Json::word),
        code,
        status: None,
        response,
        token: token.and_then(Json::word),
    })
}

/// Source: <https://developer.tuya.com/en/docs/iot/highpriority-notice?id=Kdtaf3s83vl7v>, where
/// `eventData` is JSON in a string.
fn notice(data: Option<Json<'_>>) -> Part<'_> {
    let [kind, content] = data.map_or([None; 2], |data| data.pick(["eventType", "eventData"]));
    Part::Alert(Alert {
        title: kind.and_then(Json::word),
        content: content.and_then(|content| {
            if content.is_string() {
                content.word()
            } else {
                Some(Cow::Borrowed(content.as_str()))
            }
        }),
        request_id: None,
    })
}
