//! Adding messages from senders and from other queues.

use std::sync::Arc;

use super::change::Change;
use super::deduplication::{FirstSend, Key};
use super::message::{Arrival, Message, Receives};
use super::settings::DeduplicationScope;
use super::{Kind, Millis, Queue, seconds};

/// The result of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) message_id: String,
    pub(crate) sequence: u64,
}

impl Queue {
    /// Adds a message. If it repeats one of the last five minutes, nothing is added, and the result
    /// is that of the first send.
    ///
    /// `delay` is the message's own delay, if it has one.
    pub(crate) fn send(
        &mut self,
        message: Message,
        delay: Option<Millis>,
        now: Millis,
        changes: &mut Vec<Change>,
    ) -> Sent {
        self.sent += 1;
        let key = self.deduplication_key(&message);
        if let Some(first) = key.as_ref().and_then(|key| self.deduplication.find(key)) {
            self.duplicates += 1;
            return Sent {
                message_id: first.message_id.clone(),
                sequence: first.sequence,
            };
        }
        let message_id = message.id.clone();
        let delay = delay.unwrap_or(seconds(self.record.settings.delay));
        let sequence = self.insert(
            Arc::new(message),
            Receives::default(),
            arrival(now, delay, now),
            changes,
        );
        if let Some(key) = key {
            let first = FirstSend {
                message_id: message_id.clone(),
                sequence,
                sent: now,
            };
            changes.push(Change::SendRemembered(
                self.record.id,
                key.clone(),
                first.clone(),
            ));
            self.deduplication.remember(key, first);
        }
        Sent {
            message_id,
            sequence,
        }
    }

    /// Adds a message from another queue. Its age counts from this tick.
    ///
    /// Deduplication does not apply: a dead letter is never dropped.
    pub(crate) fn take_in(
        &mut self,
        message: Arc<Message>,
        receives: Receives,
        aged_from: Millis,
        now: Millis,
        changes: &mut Vec<Change>,
    ) {
        self.sent += 1;
        let delay = seconds(self.record.settings.delay);
        let arrival = arrival(aged_from, delay, now);
        self.insert(message, receives, arrival, changes);
    }

    fn deduplication_key(&self, message: &Message) -> Option<Key> {
        if self.kind == Kind::Standard {
            return None;
        }
        let group = match self.record.settings.deduplication_scope {
            DeduplicationScope::Queue => None,
            DeduplicationScope::MessageGroup => message.group.clone(),
        };
        Some(Key {
            group,
            id: message.deduplication_id.clone()?,
        })
    }
}

fn arrival(aged_from: Millis, delay: Millis, now: Millis) -> Arrival {
    Arrival {
        aged_from,
        delayed_until: (delay > 0).then(|| now + delay),
    }
}
