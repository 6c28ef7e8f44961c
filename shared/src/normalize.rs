//! A staged message turned into events.
//!
//! Nothing that is authentic falls through: what has no type of its own becomes `device.message`,
//! or `message` where no device is named; what is no JSON goes to quarantine.
//!
//! # Layout
//!
//! * `content`: the payload as events show it.
//! * `route`: which events a message gives.
//! * `gateway`, `status`, `thing`, `firmware`: the families that have types of their own.

mod content;
mod firmware;
mod gateway;
mod route;
mod status;
mod thing;

use crate::{
    event::{
        CloudEvent, EventType,
        data::{Content, Data, Device, Origin},
        part::Part,
    },
    identity::{FieldHasher, Group},
    json::Json,
    source::Decoding,
    staged::Staged,
    tencent::{Envelope, Payload, topic},
};
use route::{Draft, Routed};

/// The most bytes that a queue takes in a message.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.
const MAX_EVENT_BYTES: usize = 1 << 20;

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
}

impl Unintelligible {
    /// The stable word: part of the interface, in the quarantine queue, counters and documents.
    pub fn word(self) -> &'static str {
        match self {
            Unintelligible::Empty | Unintelligible::NotJson => "not_json",
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
    if staged.original.trim_ascii().is_empty() {
        return Err(Unintelligible::Empty);
    }
    let body = std::str::from_utf8(&staged.original).map_err(|_| Unintelligible::NotJson)?;
    let envelope = Envelope::of(Json::parse(body).ok_or(Unintelligible::NotJson)?);
    let payload = Payload::of(&envelope, decoding.payload);
    let secrets = envelope.topic_text().map_or(&[][..], topic::secrets);
    let content = content::look_at(&payload);
    let redacted = content::redacted(content, secrets);
    let content = content::shown(content, redacted.as_deref(), secrets);
    let Routed {
        drafts,
        publisher,
        kind,
    } = route::route(&envelope, content, decoding, staged.received);
    let message = Message {
        staged,
        source: ["/", staged.platform.as_str(), "/", staged.source.as_str()].concat(),
        origin: Origin {
            platform: staged.platform,
            channel: staged.channel,
            topic: envelope.topic_text(),
            seq: envelope.seq(),
            publisher,
            kind,
        },
        content,
    };
    Ok(drafts
        .iter()
        .enumerate()
        .map(|(index, draft)| message.event(index, draft))
        .collect())
}

/// What the events of one message share.
struct Message<'a> {
    staged: &'a Staged<'a>,
    source: String,
    origin: Origin<'a>,
    content: Content<'a>,
}

impl Message<'_> {
    fn event(&self, index: usize, draft: &Draft<'_>) -> OutgoingEvent {
        let id = [self.staged.id.as_str(), "-", &index.to_string()].concat();
        let subject = draft.device.as_ref().map(subject);
        let with = |part: &Part<'_>| {
            let kind = part.event_type(draft.device.as_ref());
            let event = CloudEvent {
                id: &id,
                source: &self.source,
                kind,
                subject: subject.as_deref(),
                time: draft.time,
                data: Data {
                    device: draft.device.as_ref(),
                    origin: &self.origin,
                    part,
                    content: self.content,
                },
            };
            (kind, event.to_json(self.staged.original.len()))
        };
        // The typed part repeats what the payload says. Where no queue takes both, the payload
        // goes alone.
        let (kind, json) = match with(&draft.part) {
            (_, json) if json.len() > MAX_EVENT_BYTES => with(&Part::Message),
            written => written,
        };
        OutgoingEvent {
            id,
            kind,
            source: self.source.clone(),
            subject,
            json,
        }
    }
}

fn subject(device: &Device<'_>) -> String {
    [&*device.product, "/", &*device.name].concat()
}
