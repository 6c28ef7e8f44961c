//! The message's id and group, for the edge.

use super::{Envelope, EnvelopeKind};
use crate::{
    identity::{FieldHasher, Group, Identified, MessageId},
    json::Json,
    message::Fifo,
    source::SourceName,
};

/// Identifies any body. `request` tells apart two requests with the same body: the bytes of the
/// signature, or bytes that the edge makes up if nothing is signed. It is part of the id only if
/// the message has no identity of its own, since a copy that the platform sends again may have a
/// new signature.
pub fn identify(source: &SourceName, request: &[u8], body: &[u8]) -> Identified {
    let envelope = Json::read(body).map(Envelope::of);
    let id = envelope
        .as_ref()
        .and_then(|envelope| own_id(source, envelope))
        .unwrap_or_else(|| signed_id(source, request, body));
    Identified {
        id,
        group: group(source, envelope.as_ref()),
    }
}

/// Identifies a body that cannot be read any further.
pub fn identify_unread(source: &SourceName, request: &[u8], body: &[u8]) -> Identified {
    Identified {
        id: signed_id(source, request, body),
        group: group(source, None),
    }
}

/// Where a message stands on the staging queue if its signature is good for one body only: the queue
/// takes the first message with a signature and drops others. A queue compares within a group alone,
/// so all messages of the source are in one group.
pub fn bound_place(source: &SourceName, signature: &[u8]) -> Fifo {
    let deduplication = hasher("bound", source).field(signature).into_message_id();
    Fifo {
        group: group(source, None).as_str().to_owned(),
        deduplication: deduplication.as_str().to_owned(),
    }
}

fn signed_id(source: &SourceName, request: &[u8], body: &[u8]) -> MessageId {
    hasher("signed", source)
        .field(request)
        .field(body)
        .into_message_id()
}

/// Identifies a record of a Kafka topic by its place in the topic, whatever its content, and by its
/// value: a topic that was deleted and created again begins at 0.
pub fn identify_record(
    source: &SourceName,
    topic: &str,
    partition: i32,
    offset: i64,
    value: &[u8],
) -> Identified {
    let envelope = Json::read(value).map(Envelope::of);
    Identified {
        group: group(source, envelope.as_ref()),
        ..identify_unread_record(source, topic, partition, offset, value)
    }
}

/// Identifies a record only by its place.
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
    match envelope.and_then(Envelope::device) {
        Some((product, name)) => hasher
            .field(product.as_bytes())
            .field(name.as_bytes())
            .into_group(),
        None => hasher.into_group(),
    }
}

/// The platform's own identity of the message, if all its parts are present. With a part missing,
/// two different messages could look the same.
///
/// Everything that an event shows is part of the id, so the id covers every member of the envelope
/// as it is written.
fn own_id(source: &SourceName, envelope: &Envelope<'_>) -> Option<MessageId> {
    let kind = match envelope.kind {
        EnvelopeKind::CustomPush => {
            envelope.request_id()?;
            "custom-push"
        }
        EnvelopeKind::Http => {
            envelope.device()?;
            envelope.seq()?;
            envelope.timestamp()?;
            "http"
        }
        EnvelopeKind::Queue => {
            envelope.device()?;
            envelope.seq()?;
            envelope.time_mills().or_else(|| envelope.time())?;
            "queue"
        }
        EnvelopeKind::Unknown => return None,
    };
    let field = |hasher: FieldHasher, text: Option<&str>| {
        // A missing value counts as an empty text.
        hasher.field(text.unwrap_or_default().as_bytes())
    };
    let mut hasher = hasher(kind, source);
    for name in [&envelope.product, &envelope.device_name] {
        hasher = field(hasher, name.as_deref());
    }
    for member in envelope.members() {
        hasher = field(hasher, member.map(Json::as_str));
    }
    if envelope.kind == EnvelopeKind::CustomPush {
        hasher = field(hasher, Some(envelope.body.as_str()));
    }
    Some(hasher.into_message_id())
}

/// The kind keeps the ids of different envelopes apart.
fn hasher(kind: &str, source: &SourceName) -> FieldHasher {
    FieldHasher::new(kind).field(source.as_str().as_bytes())
}
