//! What the queues have accepted, and the events that a target's receiver gets.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use thingrelay_core::staged;
use thingrelay_core::timestamp::Timestamp;

use crate::message::number_in;
use crate::record::{Event, Restaged, Staged};
use crate::world::{STAGING, World};

impl World {
    /// Notes what a queue has accepted.
    pub(crate) fn note_accepted(&self, request: &[u8], answer: &[u8]) {
        let (Ok(request), Ok(answer)) = (
            serde_json::from_slice::<Value>(request),
            serde_json::from_slice::<Value>(answer),
        ) else {
            return;
        };
        let Some(queue) = queue_of(&request) else {
            return;
        };
        let Some(entries) = request["Entries"].as_array() else {
            self.note_one(&queue, &request, &answer);
            return;
        };
        let successful = answer["Successful"].as_array();
        for accepted in successful.into_iter().flatten() {
            if let Some(entry) = entries.iter().find(|entry| entry["Id"] == accepted["Id"]) {
                self.note_one(&queue, entry, accepted);
            }
        }
    }

    fn note_one(&self, queue: &str, message: &Value, answer: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let body = message["MessageBody"].as_str().unwrap_or_default();
        let Some(number) = number_in(body) else {
            let problem = format!("{queue} holds what nobody has sent: {body}");
            self.record().problems.push(problem);
            return;
        };
        self.has_accepted();
        let now = self.now();
        let sequence = text(&answer["SequenceNumber"]);
        let mut record = self.record();
        record.note(now, || format!("{queue} takes {number}"));
        let accepted = (queue.to_owned(), sequence.clone());
        record.accepted_at.entry(accepted).or_insert(now);
        if queue == STAGING {
            let id = text(&message["MessageDeduplicationId"]);
            let read = staged::Staged::from_body(body).ok();
            let replay = read.as_ref().and_then(|read| read.replay.clone());
            if let Some(replay) = replay {
                let of_run = (number, replay.run.to_string());
                let restaged = record.restaged.entry(of_run).or_insert_with(|| Restaged {
                    target: replay.target,
                    archived: replay.archived,
                    ids: BTreeSet::new(),
                });
                restaged.ids.insert(id);
                return;
            }
            let staged = Staged {
                sequence,
                group: text(&message["MessageGroupId"]),
                received: read.map_or(Timestamp::from_unix_millis(0), |read| read.received),
                body: body.to_owned(),
            };
            record.ids.entry(number).or_default().insert(id);
            record.staged.entry(number).or_insert(staged);
        }
    }

    /// An event that a webhook's queue hands out. Later ones of the same place there are the same.
    pub(crate) fn note_waiting(&self, queue: &str, message: &Value) {
        let sequence = message["Attributes"]["SequenceNumber"].as_str();
        let is_known = self.record().events.get(queue).is_some_and(|events| {
            let mut events = events.iter();
            events.any(|event| Some(event.sequence.as_str()) == sequence)
        });
        if !is_known {
            self.note_event(queue, message);
        }
    }

    /// The events of a target, as a receiver gets them.
    pub(crate) fn note_event(&self, target: &str, message: &Value) {
        let body = message["Body"].as_str().unwrap_or_default();
        let attribute = |name: &str| {
            message["Attributes"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let sequence = attribute("SequenceNumber");
        let event: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let Some(number) = number_in(body) else {
            self.record()
                .problems
                .push(format!("{target} holds an unknown event: {body}"));
            return;
        };
        let kind = text("type");
        let kind = kind.strip_prefix("io.thingrelay.").unwrap_or(&kind);
        let event = Event {
            number,
            id: text("id"),
            kind: kind.strip_suffix(".v1").unwrap_or(kind).to_owned(),
            subject: event["subject"].as_str().map(str::to_owned),
            replay: event["replay"].as_str().map(str::to_owned),
            source: text("source"),
            body: body.to_owned(),
            group: attribute("MessageGroupId"),
            at: Duration::ZERO,
            sequence,
        };
        self.record()
            .events
            .entry(target.to_owned())
            .or_default()
            .push(event);
    }
}

/// The name of the queue that a call is for.
pub(crate) fn queue_of(call: &Value) -> Option<String> {
    let url = call["QueueUrl"].as_str()?;
    Some(url.rsplit('/').next().unwrap_or_default().to_owned())
}
