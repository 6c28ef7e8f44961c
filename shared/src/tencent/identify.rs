//! The message's id and group, for the edge.

use super::{Envelope, Shape};
use crate::{
    identity::{FieldHasher, Group, Identified, MessageId},
    json::{Json, Scalar},
    source::SourceName,
};

/// Identifies any body. The signature stands in the id only where the message has no identity of
/// its own: a copy that the platform sends again may be signed anew.
pub fn identify(source: &SourceName, signature: &str, body: &[u8]) -> Identified {
    let text = std::str::from_utf8(body).ok();
    let envelope = text.and_then(Json::parse).map(Envelope::of);
    let id = envelope
        .as_ref()
        .and_then(|envelope| own_id(source, envelope))
        .unwrap_or_else(|| signed_id(source, signature, body));
    Identified {
        id,
        group: group(source, envelope.as_ref()),
    }
}

/// Identifies a body that nothing more can be read of.
pub fn identify_unread(source: &SourceName, signature: &str, body: &[u8]) -> Identified {
    Identified {
        id: signed_id(source, signature, body),
        group: group(source, None),
    }
}

fn signed_id(source: &SourceName, signature: &str, body: &[u8]) -> MessageId {
    hasher("signed", source)
        .field(signature.as_bytes())
        .field(body)
        .into_message_id()
}

/// Identifies a record of a Kafka topic: its place there is its identity, whatever is inside; with
/// its value, as a topic that was made anew begins again at 0.
pub fn identify_record(
    source: &SourceName,
    topic: &str,
    partition: i32,
    offset: i64,
    value: &[u8],
) -> Identified {
    let text = std::str::from_utf8(value).ok();
    let envelope = text.and_then(Json::parse).map(Envelope::of);
    Identified {
        group: group(source, envelope.as_ref()),
        ..identify_unread_record(source, topic, partition, offset, value)
    }
}

/// Identifies a record by its place alone.
pub fn identify_unread_record(
    source: &SourceName,
    topic: &str,
    partition: i32,
    offset: i64,
    value: &[u8],
) -> Identified {
    Identified {
        id: hasher("kafka", source)
            .field(topic.as_bytes())
            .field(&partition.to_be_bytes())
            .field(&offset.to_be_bytes())
            .field(value)
            .into_message_id(),
        group: group(source, None),
    }
}

fn group(source: &SourceName, envelope: Option<&Envelope<'_>>) -> Group {
    let hasher = hasher("group", source);
    match envelope.and_then(device) {
        Some((product, name)) => hasher
            .field(product.as_bytes())
            .field(name.as_bytes())
            .into_group(),
        None => hasher.into_group(),
    }
}

/// The platform's own identity of the message, where all of it is there: with a part missing, two
/// different messages could look the same.
fn own_id(source: &SourceName, envelope: &Envelope<'_>) -> Option<MessageId> {
    if envelope.shape == Shape::CustomPush {
        let request = envelope.request_id()?;
        return Some(
            hasher("custom-push", source)
                .field(request.as_bytes())
                .into_message_id(),
        );
    }
    device(envelope)?;
    let seq = match envelope.seq()? {
        Scalar::Number(seq) | Scalar::Text(seq) => seq,
    };
    let hasher = match envelope.shape {
        Shape::Http => hasher("http", source).field(envelope.timestamp()?.as_bytes()),
        Shape::Queue => hasher("queue", source)
            .field(envelope.time()?.as_bytes())
            .field(envelope.msg_type().unwrap_or_default().as_bytes())
            .field(envelope.event().unwrap_or_default().as_bytes()),
        Shape::CustomPush | Shape::Unknown => return None,
    };
    let payload = envelope.payload().map_or("", Json::as_str);
    let id = hasher
        .field(envelope.product.as_deref().unwrap_or_default().as_bytes())
        .field(
            envelope
                .device_name
                .as_deref()
                .unwrap_or_default()
                .as_bytes(),
        )
        .field(envelope.topic_text().unwrap_or_default().as_bytes())
        .field(seq.as_bytes())
        .field(payload.as_bytes());
    Some(id.into_message_id())
}

/// The device that the message is about: the topic's, where the platform defines the topic, else
/// the envelope's.
fn device<'e>(envelope: &'e Envelope<'_>) -> Option<(&'e str, &'e str)> {
    let by_topic = envelope.topic().and_then(|topic| topic.device);
    by_topic.or_else(|| {
        envelope
            .product
            .as_deref()
            .zip(envelope.device_name.as_deref())
    })
}

/// The kind keeps the ids of different envelopes apart.
fn hasher(kind: &str, source: &SourceName) -> FieldHasher {
    FieldHasher::new(kind).field(source.as_str().as_bytes())
}
