//! A staged message turned into events.
//!
//! Nothing that is authentic falls through: what has no type of its own becomes `device.message`,
//! or `message` where no device is named; what is no JSON goes to quarantine.
//!
//! # Layout
//!
//! * [`content`]: the payload as events show it, its secrets taken out.
//! * [`redact`]: how secrets are taken out.
//! * [`route`]: which events a message gives.
//! * [`gateway`], [`status`], [`thing`], [`firmware`]: the families that have types of their own.

mod content;
mod firmware;
mod gateway;
mod redact;
mod route;
mod status;
mod thing;

use crate::{
    event::{
        CloudEvent, EventType,
        data::{Data, Device, Origin, Part},
    },
    identity::{FieldHasher, Group},
    json,
    source::Decoding,
    staged::Staged,
    tencent::{Envelope, Payload},
};
use content::{Prepared, Rewritten};
use route::{Draft, Routed};
use std::borrow::Cow;

/// An event on its way to the targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// The message's id, `-`, and the event's number within the message.
    pub id: String,
    /// Its type.
    pub kind: EventType,
    /// `/{platform}/{source name}`.
    pub source: String,
    /// `{product}/{device}`, if a device is named.
    pub subject: Option<String>,
    /// The CloudEvent, on one line.
    pub json: String,
}

impl OutgoingEvent {
    /// The FIFO group at a target: events of one group keep their order.
    pub fn group(&self) -> Group {
        FieldHasher::new("target")
            .field(self.source.as_bytes())
            .field(self.subject.as_deref().unwrap_or_default().as_bytes())
            .into_group()
    }
}

/// Why a message gives no event. For good: another try changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unintelligible {
    /// There is nothing in it.
    #[error("the body is empty")]
    Empty,
    /// It is no JSON.
    #[error("the body is no JSON")]
    NotJson,
    /// An event of it could not be written.
    #[error("the event cannot be written as JSON")]
    Unwritable,
}

impl Unintelligible {
    /// The stable word: part of the interface, in the quarantine queue, counters and documents.
    pub fn word(self) -> &'static str {
        match self {
            Unintelligible::Empty | Unintelligible::NotJson => "not_json",
            Unintelligible::Unwritable => "unwritable_event",
        }
    }
}

/// Turns a message into one event or more.
///
/// # Errors
/// [`Unintelligible`], without anything of the content.
pub fn normalize(
    staged: &Staged<'_>,
    decoding: Decoding,
) -> Result<Vec<OutgoingEvent>, Unintelligible> {
    let body = std::str::from_utf8(&staged.original).map_err(|_| Unintelligible::NotJson)?;
    if body.trim_ascii().is_empty() {
        return Err(Unintelligible::Empty);
    }
    let line = json::on_one_line(body);
    // A line break within a string is no JSON, and taking it out would make it some.
    if matches!(line, Cow::Owned(_)) && !json::is_json(body) {
        return Err(Unintelligible::NotJson);
    }
    let envelope = Envelope::parse(&line).ok_or(Unintelligible::NotJson)?;
    let payload = Payload::of(&envelope, decoding.payload);
    let topic = envelope.topic();
    let secrets = topic.map_or(&[][..], |topic| topic.family.secrets());
    let rewritten = Rewritten::of(&payload, secrets);
    let prepared = Prepared::of(&envelope, &line, &payload, &rewritten, secrets);
    let routed = route::route(&envelope, topic, &prepared, decoding, staged.received);
    write(staged, &envelope, &routed, &prepared)
}

fn write(
    staged: &Staged<'_>,
    envelope: &Envelope<'_>,
    routed: &Routed<'_>,
    prepared: &Prepared<'_>,
) -> Result<Vec<OutgoingEvent>, Unintelligible> {
    let source = format!("/{}/{}", staged.platform, staged.source);
    let mut events = Vec::with_capacity(routed.drafts.len());
    for (index, draft) in routed.drafts.iter().enumerate() {
        let id = format!("{}-{index}", staged.id);
        let kind = event_type(draft);
        let subject = draft.device.as_ref().map(subject);
        let event = CloudEvent {
            specversion: "1.0",
            id: &id,
            source: &source,
            r#type: kind.as_str(),
            subject: subject.as_deref(),
            time: draft.time,
            datacontenttype: "application/json",
            dataschema: kind.schema(),
            partitionkey: subject.as_deref(),
            data: Data {
                device: draft.device.clone(),
                origin: Origin {
                    platform: staged.platform,
                    channel: staged.channel,
                    topic: envelope.topic_text(),
                    seq: envelope.seq(),
                    publisher: routed.publisher.clone(),
                    kind: &routed.kind,
                },
                part: draft.part.clone(),
                payload: prepared.content.clone(),
            },
        };
        let mut json = Vec::with_capacity(staged.original.len() * 2 + 768);
        serde_json::to_writer(&mut json, &event).map_err(|_| Unintelligible::Unwritable)?;
        let json = String::from_utf8(json).map_err(|_| Unintelligible::Unwritable)?;
        events.push(OutgoingEvent {
            id,
            kind,
            source: source.clone(),
            subject,
            json,
        });
    }
    Ok(events)
}

fn event_type(draft: &Draft<'_>) -> EventType {
    match (&draft.part, &draft.device) {
        (Part::Message(_), None) => EventType::Message,
        (part, _) => part.event_type(),
    }
}

fn subject(device: &Device<'_>) -> String {
    let mut subject = String::with_capacity(device.product.len() + 1 + device.name.len());
    subject.push_str(&device.product);
    subject.push('/');
    subject.push_str(&device.name);
    subject
}
