//! The message's id and group, for the edge.

use super::message::{Message, Unquoted};
use crate::{
    identity::{FieldHasher, Group, Identified, MessageId},
    json::Json,
    source::SourceName,
};

/// Identifies an opened message. `topic` and `message_id` are the broker's. If the broker delivers
/// a copy again, the copy has the same ones.
pub fn identify(
    source: &SourceName,
    topic: &str,
    message_id: &str,
    plaintext: &[u8],
) -> Identified {
    let body = Json::read(plaintext).filter(|body| body.is_object());
    let unquoted = Unquoted::default();
    let message = body.map(|body| Message::of(body, &unquoted));
    let id = message.as_ref().and_then(|message| own_id(source, message));
    Identified {
        id: id.unwrap_or_else(|| by_place("tuya-message", source, topic, message_id, plaintext)),
        group: group(source, message.as_ref().and_then(|it| it.device.as_deref())),
    }
}

/// Identifies a message that could not be opened. `payload` is as it came; `key` is the broker's
/// key of the message, which is the device's id.
pub fn identify_unopened(
    source: &SourceName,
    topic: &str,
    message_id: &str,
    payload: &[u8],
    key: Option<&str>,
) -> Identified {
    Identified {
        id: by_place("tuya-unopened", source, topic, message_id, payload),
        group: group(source, key.filter(|key| !key.is_empty())),
    }
}

/// A report that comes in both families of messages has one `dataId`, and so one id. Any other
/// message that has a `dataId` is told apart by its code; without a code, nothing in it is certain.
fn own_id(source: &SourceName, message: &Message<'_>) -> Option<MessageId> {
    let data_id = message.data_id.as_deref()?;
    let code = if message.is_report() {
        ""
    } else {
        message.code.as_deref()?
    };
    let id = hasher("tuya-data", source)
        .field(message.device.as_deref().unwrap_or_default().as_bytes())
        .field(data_id.as_bytes())
        .field(code.as_bytes());
    Some(id.into_message_id())
}

/// If nothing in a message is certain to tell it from others, its id is made of its place at the
/// broker and its whole content.
fn by_place(
    kind: &str,
    source: &SourceName,
    topic: &str,
    message_id: &str,
    content: &[u8],
) -> MessageId {
    hasher(kind, source)
        .field(topic.as_bytes())
        .field(message_id.as_bytes())
        .field(content)
        .into_message_id()
}

/// A device's id is unique at Tuya, and some messages lack its product, so the group is made of the
/// device alone.
fn group(source: &SourceName, device: Option<&str>) -> Group {
    let hasher = hasher("tuya-group", source);
    match device {
        Some(device) => hasher.field(device.as_bytes()).into_group(),
        None => hasher.into_group(),
    }
}

/// The kind keeps the ids of different messages apart.
fn hasher(kind: &str, source: &SourceName) -> FieldHasher {
    FieldHasher::new(kind).field(source.as_str().as_bytes())
}
