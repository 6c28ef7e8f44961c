//! The message's id and group, for the edge.

use crate::{
    identity::{FieldHasher, Group, Identified, MessageId},
    json::{Json, Scalar},
    source::SourceName,
};
use std::borrow::Cow;

/// Identifies an opened message. `message_id` is the broker's id of it: it stands in where nothing
/// in the message tells two occasions of the same from one another.
pub fn identify(
    source: &SourceName,
    plaintext: &[u8],
    protocol: Option<i64>,
    message_id: &str,
) -> Identified {
    let message = std::str::from_utf8(plaintext)
        .ok()
        .and_then(Json::parse)
        .filter(|message| message.is_object())
        .map(Message::of);
    let Some(message) = message else {
        return identify_unopened(source, plaintext, message_id, None);
    };
    Identified {
        id: message.id(source, protocol, message_id),
        group: group(source, message.device.as_deref()),
    }
}

/// Identifies a message that could not be opened: `payload` as it came, `key` the broker's key of
/// it, which is the device's id.
pub fn identify_unopened(
    source: &SourceName,
    payload: &[u8],
    message_id: &str,
    key: Option<&str>,
) -> Identified {
    Identified {
        id: hasher("tuya-unopened", source)
            .field(message_id.as_bytes())
            .field(payload)
            .into_message_id(),
        group: group(source, key.filter(|key| !key.is_empty())),
    }
}

/// A device's id is unique at Tuya, and its product is missing in some messages: the device alone
/// makes the group.
fn group(source: &SourceName, device: Option<&str>) -> Group {
    let hasher = hasher("tuya-group", source);
    match device {
        Some(device) => hasher.field(device.as_bytes()).into_group(),
        None => hasher.into_group(),
    }
}

/// What a message is told by.
struct Message<'a> {
    data_id: Option<Cow<'a, str>>,
    device: Option<Cow<'a, str>>,
    biz_code: Option<Cow<'a, str>>,
    ts: Option<Scalar<'a>>,
    time: Option<Scalar<'a>>,
    biz_data: Option<Json<'a>>,
    whole: Json<'a>,
}

impl<'a> Message<'a> {
    fn of(whole: Json<'a>) -> Message<'a> {
        let [data_id, device, biz_code, biz_data, ts] =
            whole.pick(["dataId", "devId", "bizCode", "bizData", "ts"]);
        let [inner_data_id, inner_device, time] =
            biz_data.map_or([None; 3], |data| data.pick(["dataId", "devId", "time"]));
        let word = |value: Option<Json<'a>>| value.and_then(Json::word);
        Message {
            data_id: word(inner_data_id).or_else(|| word(data_id)),
            device: word(inner_device).or_else(|| word(device)),
            biz_code: word(biz_code),
            ts: time_of(ts),
            time: time_of(time),
            biz_data,
            whole,
        }
    }

    /// One report that comes in both families of messages has one `dataId`, and so one id.
    fn id(&self, source: &SourceName, protocol: Option<i64>, message_id: &str) -> MessageId {
        let device = self.device.as_deref().unwrap_or_default().as_bytes();
        if let Some(data_id) = &self.data_id {
            return hasher("tuya-data", source)
                .field(device)
                .field(data_id.as_bytes())
                .into_message_id();
        }
        let Some(biz_code) = &self.biz_code else {
            return hasher("tuya-other", source)
                .field(message_id.as_bytes())
                .field(self.whole.as_str().as_bytes())
                .into_message_id();
        };
        let hasher = hasher("tuya-event", source)
            .field(protocol.unwrap_or_default().to_string().as_bytes())
            .field(biz_code.as_bytes())
            .field(device)
            .field(text(self.ts.as_ref()).as_bytes())
            .field(self.biz_data.map_or("", Json::as_str).as_bytes());
        if self.ts.is_none() && self.time.is_none() {
            return hasher.field(message_id.as_bytes()).into_message_id();
        }
        hasher.into_message_id()
    }
}

/// A time that is none: absent, or 0.
fn time_of(value: Option<Json<'_>>) -> Option<Scalar<'_>> {
    value
        .and_then(Scalar::numeric)
        .filter(|time| text(Some(time)) != "0")
}

fn text<'s>(scalar: Option<&'s Scalar<'_>>) -> &'s str {
    match scalar {
        Some(Scalar::Number(text) | Scalar::Text(text)) => text,
        None => "",
    }
}

/// The kind keeps the ids of different messages apart.
fn hasher(kind: &str, source: &SourceName) -> FieldHasher {
    FieldHasher::new(kind).field(source.as_str().as_bytes())
}
