//! An event on its way to the targets.

use super::draft::Draft;
use crate::{
    event::{
        CloudEvent, EventType,
        data::{Content, Data, Origin},
        detail::Detail,
        device::Device,
    },
    identity::{FieldHasher, Group},
    message::{self, EventMessage, Fifo},
    replay::Replay,
    staged::Staged,
    timestamp::Timestamp,
};

/// The most bytes of a message that a queue accepts.
///
/// Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// An event on its way to the targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// The message's id, `-`, and the event's number within the message.
    pub id: String,
    pub kind: EventType,
    /// `/{platform}/{source name}`.
    pub source: String,
    /// `{product}/{device}`, [percent-encoded](crate::event::subject), if a device is named.
    pub subject: Option<String>,
    /// The device that it is about, as the platform names it.
    pub device: Option<Device<'static>>,
    /// Replaces the subject as the basis of the group: the device's id alone, at a platform where
    /// ids of devices are unique and some messages name no product.
    pub device_id: Option<String>,
    /// Its `time`.
    pub time: Timestamp,
    /// The run that staged the message again.
    pub replay: Option<Replay>,
    /// The CloudEvent, on one line.
    pub json: String,
}

impl OutgoingEvent {
    /// The name that the user gave the source.
    pub fn source_name(&self) -> &str {
        self.source.rsplit('/').next().unwrap_or_default()
    }

    /// The FIFO group at a target: events of one group keep their order.
    pub fn group(&self) -> Group {
        let ordered_by = self.device_id.as_deref().or(self.subject.as_deref());
        FieldHasher::new("target")
            .field(self.source.as_bytes())
            .field(ordered_by.unwrap_or_default().as_bytes())
            .into_group()
    }

    /// The deduplication id: the event's id, with that of the run that staged the message again. A
    /// queue drops what it has seen in the last five minutes.
    pub fn deduplication(&self) -> String {
        match &self.replay {
            Some(replay) => [self.id.as_str(), "-", replay.run.as_str()].concat(),
            None => self.id.clone(),
        }
    }

    /// The event as a message for a target.
    pub fn to_message(&self) -> EventMessage {
        EventMessage {
            message: message::Message {
                body: self.json.clone(),
                fifo: Some(Fifo {
                    group: self.group().as_str().to_owned(),
                    deduplication: self.deduplication(),
                }),
            },
            kind: self.kind,
            source: self.source.clone(),
            subject: self.subject.clone(),
            time: self.time,
        }
    }
}

/// The parts that the events of one message share.
pub(super) struct Message<'a> {
    staged: &'a Staged<'a>,
    source: String,
    origin: Origin<'a>,
    content: Content<'a>,
}

impl<'a> Message<'a> {
    pub(super) fn new(staged: &'a Staged<'_>, origin: Origin<'a>, content: Content<'a>) -> Self {
        Message {
            staged,
            source: ["/", staged.platform.as_str(), "/", staged.source.as_str()].concat(),
            origin,
            content,
        }
    }

    /// The events, each with the id of its device if the platform has ids of devices.
    pub(super) fn events(
        &self,
        drafts: &[Draft<'_>],
        device_id: fn(&Device<'_>) -> Option<String>,
    ) -> Vec<OutgoingEvent> {
        drafts
            .iter()
            .enumerate()
            .map(|(index, draft)| OutgoingEvent {
                device_id: draft.device.as_ref().and_then(device_id),
                ..self.event(index, draft)
            })
            .collect()
    }

    fn event(&self, index: usize, draft: &Draft<'_>) -> OutgoingEvent {
        let id = [self.staged.id.as_str(), "-", &index.to_string()].concat();
        let subject = draft.device.as_ref().map(Device::subject);
        let with = |detail: &Detail<'_>| {
            let kind = detail.event_type(draft.device.as_ref());
            let event = CloudEvent {
                id: &id,
                source: &self.source,
                kind,
                subject: subject.as_deref(),
                time: draft.time,
                replay: self
                    .staged
                    .replay
                    .as_ref()
                    .map(|replay| replay.run.as_str()),
                data: Data {
                    device: draft.device.as_ref(),
                    origin: &self.origin,
                    detail,
                    content: self.content,
                },
            };
            (kind, event.to_json(self.staged.original.len()))
        };
        // The typed detail repeats a part of the payload. If no queue accepts both, the event
        // carries only the payload.
        let (kind, json) = match with(&draft.detail) {
            (_, json) if json.len() > MAX_EVENT_BYTES => with(&Detail::Message),
            written => written,
        };
        OutgoingEvent {
            id,
            kind,
            source: self.source.clone(),
            subject,
            device: draft.device.clone().map(Device::into_owned),
            device_id: None,
            time: draft.time,
            replay: self.staged.replay.clone(),
            json,
        }
    }
}
