//! The queue: its messages, their states, and the operations on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attempts::{Attempts, Handed};
use super::change::{Change, Place};
use super::deduplication::{DeduplicationWindow, FirstSend, Key};
use super::group::GroupId;
use super::message::{Delivery, Message, Receives, Removed};
use super::order::Order;
use super::settings::{DeduplicationScope, MAXIMUM_VISIBILITY_TIMEOUT, Settings};
use super::{Kind, Millis, seconds};
use crate::Depth;

/// How many messages of a queue may be in flight.
/// (API reference, ChangeMessageVisibility: 120,000 for both kinds.)
const MAXIMUM_IN_FLIGHT: usize = 120_000;

/// What is kept of a queue besides its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueueRecord {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) settings: Settings,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) created: Millis,
    pub(crate) modified: Millis,
}

/// One queue with its messages.
#[derive(Debug)]
pub(crate) struct Queue {
    record: QueueRecord,
    kind: Kind,
    entries: HashMap<u64, Entry>,
    order: Order,
    /// When delays and visibility timeouts end.
    timers: BTreeSet<(Millis, u64)>,
    /// The messages by the time at which they were sent, for the retention period.
    by_age: BTreeSet<(Millis, u64)>,
    window: DeduplicationWindow,
    attempts: Attempts,
    in_flight: usize,
    delayed: usize,
    duplicates: u64,
    purged: Option<Millis>,
    /// The next sequence number and the next receipt; both only grow, over restarts too, because
    /// they start from the time.
    next_number: u64,
}

#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    receives: Receives,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Delayed {
        until: Millis,
    },
    InFlight {
        until: Millis,
        since: Millis,
        touch: Touch,
    },
}

/// Whether a receive can still be repeated by its attempt id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touch {
    AsHandedOut,
    VisibilityChanged,
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) message_id: String,
    pub(crate) sequence: u64,
}

/// What a receive asks for.
#[derive(Debug, Clone)]
pub(crate) struct Receive<'a> {
    pub(crate) max: usize,
    /// How long the messages stay invisible.
    pub(crate) visibility: Millis,
    /// After so many receives a message is a dead letter; `None` without a dead-letter queue.
    pub(crate) maximum_receives: Option<u32>,
    /// The `ReceiveRequestAttemptId`, for FIFO queues.
    pub(crate) attempt: Option<&'a str>,
}

/// What a receive found.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) deliveries: Vec<Delivery>,
    /// Messages that were taken out because they had been received too often.
    pub(crate) dead: Vec<Removed>,
}

/// Why a receive is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReceiveError {
    /// The limit of messages in flight is reached.
    TooManyInFlight,
}

/// Why an operation on a received message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReceiptError {
    /// The receipt's visibility timeout has ended, on a FIFO queue.
    Expired,
    /// The message is visible.
    NotInFlight,
    /// The message does not exist any more.
    Gone,
    /// It would be in flight for more than 12 hours.
    TooLong,
}

impl Queue {
    /// An empty queue.
    pub(crate) fn new(record: QueueRecord, now: Millis) -> Queue {
        let kind = Kind::of_name(&record.name);
        Queue {
            record,
            kind,
            entries: HashMap::new(),
            order: Order::new(kind),
            timers: BTreeSet::new(),
            by_age: BTreeSet::new(),
            window: DeduplicationWindow::default(),
            attempts: Attempts::default(),
            in_flight: 0,
            delayed: 0,
            duplicates: 0,
            purged: None,
            next_number: now.saturating_mul(1000),
        }
    }

    pub(crate) fn record(&self) -> &QueueRecord {
        &self.record
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.record.settings
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// How many sends were recognised as repeated.
    pub(crate) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    pub(crate) fn depth(&self) -> Depth {
        Depth {
            visible: self.entries.len() - self.in_flight - self.delayed,
            in_flight: self.in_flight,
            delayed: self.delayed,
        }
    }

    /// Whether a receive would find something now.
    pub(crate) fn has_available(&self) -> bool {
        self.order.has_available()
    }

    /// When a delay or a visibility timeout ends next.
    pub(crate) fn next_due(&self) -> Option<Millis> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// Lets time pass: ends delays, visibility timeouts, retention and deduplication.
    pub(crate) fn advance(&mut self, now: Millis, changes: &mut Vec<Change>) {
        while let Some((due, sequence)) = self.timers.first().copied() {
            if due > now {
                break;
            }
            self.make_visible(sequence);
        }
        let retention = seconds(self.record.settings.retention);
        while let Some((sent, sequence)) = self.by_age.first().copied() {
            if sent.saturating_add(retention) > now {
                break;
            }
            self.remove(sequence, changes);
        }
        while let Some(sequence) = self.window.forget_one(now) {
            changes.push(Change::SendForgotten(self.place(sequence)));
        }
        self.attempts.forget_old(now);
    }

    /// Takes a message, unless it repeats one of the last five minutes; then it answers the first.
    ///
    /// `delay` is the message's own delay, if it has one.
    pub(crate) fn send(
        &mut self,
        message: Message,
        delay: Option<Millis>,
        now: Millis,
        changes: &mut Vec<Change>,
    ) -> Sent {
        let key = self.deduplication_key(&message);
        if let Some(first) = key.as_ref().and_then(|key| self.window.find(key)) {
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
            now + delay,
            now,
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
            self.window.remember(key, first);
        }
        Sent {
            message_id,
            sequence,
        }
    }

    /// Takes a message that comes from another queue.
    ///
    /// Deduplication does not apply: a dead letter is never dropped.
    pub(crate) fn take_in(
        &mut self,
        message: Arc<Message>,
        receives: Receives,
        now: Millis,
        changes: &mut Vec<Change>,
    ) {
        let visible_at = now + seconds(self.record.settings.delay);
        self.insert(message, receives, visible_at, now, changes);
    }

    /// Hands out messages and makes them invisible.
    pub(crate) fn receive(
        &mut self,
        request: &Receive<'_>,
        now: Millis,
        changes: &mut Vec<Change>,
    ) -> Result<Received, ReceiveError> {
        if let Some(again) = request
            .attempt
            .and_then(|attempt| self.repeat(attempt, request.visibility, now))
        {
            return Ok(Received {
                deliveries: again,
                dead: Vec::new(),
            });
        }
        let mut received = Received::default();
        if self.in_flight >= MAXIMUM_IN_FLIGHT {
            return match self.kind {
                Kind::Standard => Err(ReceiveError::TooManyInFlight),
                Kind::Fifo => Ok(received),
            };
        }
        while received.deliveries.len() < request.max {
            let room = request.max - received.deliveries.len();
            let taken = match &mut self.order {
                Order::Standard(line) => line.pop().into_iter().collect(),
                Order::Fifo(groups) => groups.take(room),
            };
            if taken.is_empty() {
                break;
            }
            for sequence in taken {
                self.hand_out(sequence, request, now, &mut received, changes);
            }
        }
        if let Some(attempt) = request.attempt
            && !received.deliveries.is_empty()
        {
            let handed = received
                .deliveries
                .iter()
                .map(|delivery| Handed {
                    sequence: delivery.sequence,
                    receipt: delivery.receives.receipt,
                })
                .collect();
            self.attempts.remember(attempt.to_owned(), now, handed);
        }
        Ok(received)
    }

    /// Deletes a received message. Deleting it again is no error.
    ///
    /// A receipt of an earlier receive deletes nothing on a standard queue, as the API reference
    /// of DeleteMessage allows, and is refused on a FIFO queue.
    pub(crate) fn delete(
        &mut self,
        handed: Handed,
        changes: &mut Vec<Change>,
    ) -> Result<(), ReceiptError> {
        let Some(entry) = self.entries.get(&handed.sequence) else {
            return Ok(());
        };
        let latest = entry.receives.receipt == handed.receipt;
        let in_flight = matches!(entry.state, State::InFlight { .. });
        match self.kind {
            Kind::Fifo if !(latest && in_flight) => Err(ReceiptError::Expired),
            Kind::Standard if !latest => Ok(()),
            _ => {
                self.remove(handed.sequence, changes);
                Ok(())
            }
        }
    }

    /// Lets a received message become visible after `timeout` seconds from now.
    pub(crate) fn change_visibility(
        &mut self,
        handed: Handed,
        timeout: u32,
        now: Millis,
    ) -> Result<(), ReceiptError> {
        let Some(entry) = self.entries.get_mut(&handed.sequence) else {
            return Err(ReceiptError::Gone);
        };
        let State::InFlight { until, since, .. } = entry.state else {
            return Err(ReceiptError::NotInFlight);
        };
        if entry.receives.receipt != handed.receipt {
            return Err(ReceiptError::NotInFlight);
        }
        if timeout == 0 {
            self.make_visible(handed.sequence);
            return Ok(());
        }
        let new_until = now + seconds(timeout);
        if new_until > since + seconds(MAXIMUM_VISIBILITY_TIMEOUT) {
            return Err(ReceiptError::TooLong);
        }
        entry.state = State::InFlight {
            until: new_until,
            since,
            touch: Touch::VisibilityChanged,
        };
        self.timers.remove(&(until, handed.sequence));
        self.timers.insert((new_until, handed.sequence));
        Ok(())
    }

    /// Deletes every message. Answers false, and does nothing, within 60 seconds of the last purge.
    pub(crate) fn purge(&mut self, now: Millis, changes: &mut Vec<Change>) -> bool {
        if self.purged.is_some_and(|purged| now < purged + 60_000) {
            return false;
        }
        self.purged = Some(now);
        self.entries.clear();
        self.timers.clear();
        self.by_age.clear();
        self.order = Order::new(self.kind);
        self.in_flight = 0;
        self.delayed = 0;
        changes.push(Change::QueueCleared(self.record.id));
        true
    }

    /// Takes the visible messages out, at most `max`, for another queue.
    pub(crate) fn take_out(&mut self, max: usize, changes: &mut Vec<Change>) -> Vec<Removed> {
        let mut removed = Vec::new();
        while removed.len() < max {
            let taken = match &mut self.order {
                Order::Standard(line) => line.pop().into_iter().collect(),
                Order::Fifo(groups) => groups.take(max - removed.len()),
            };
            if taken.is_empty() {
                break;
            }
            for sequence in taken {
                self.start_flight(sequence, 0, 0);
                removed.extend(self.remove(sequence, changes));
            }
        }
        removed
    }

    /// Replaces the settings. A FIFO queue's delay applies to the messages that it holds as well.
    /// (API reference, SetQueueAttributes, "DelaySeconds".)
    pub(crate) fn set(&mut self, settings: Settings, now: Millis, changes: &mut Vec<Change>) {
        let old_delay = self.record.settings.delay;
        self.record.settings = settings;
        self.record.modified = now;
        self.record_changed(changes);
        if self.kind == Kind::Fifo && self.record.settings.delay != old_delay {
            self.delay_anew(now, changes);
        }
    }

    /// Notes that the queue is new.
    pub(crate) fn created(&self, changes: &mut Vec<Change>) {
        self.record_changed(changes);
    }

    /// Notes that the queue is gone.
    pub(crate) fn deleted(&self, changes: &mut Vec<Change>) {
        changes.push(Change::QueueRemoved(self.record.id));
    }

    /// Adds or replaces tags.
    pub(crate) fn tag(&mut self, tags: BTreeMap<String, String>, changes: &mut Vec<Change>) {
        self.record.tags.extend(tags);
        self.record_changed(changes);
    }

    /// Removes tags.
    pub(crate) fn untag(&mut self, keys: &[String], changes: &mut Vec<Change>) {
        self.record.tags.retain(|key, _| !keys.contains(key));
        self.record_changed(changes);
    }

    /// Puts a message back that a store kept.
    pub(crate) fn restore(
        &mut self,
        sequence: u64,
        message: Arc<Message>,
        visible_at: Millis,
        receives: Receives,
        now: Millis,
    ) {
        self.next_number = self.next_number.max(sequence + 1).max(receives.receipt + 1);
        self.place_entry(sequence, message, receives, visible_at, now);
    }

    /// Puts a send back that a store kept; they come in the order of their sequence numbers.
    pub(crate) fn restore_send(&mut self, key: Key, first: FirstSend) {
        self.next_number = self.next_number.max(first.sequence + 1);
        self.window.remember(key, first);
    }

    // === the states of a message ===

    fn insert(
        &mut self,
        message: Arc<Message>,
        receives: Receives,
        visible_at: Millis,
        now: Millis,
        changes: &mut Vec<Change>,
    ) -> u64 {
        let sequence = self.next_number();
        let place = self.place(sequence);
        changes.push(Change::MessagePut(place, Arc::clone(&message), visible_at));
        if receives != Receives::default() {
            changes.push(Change::MessageReceived(place, receives));
        }
        self.place_entry(sequence, message, receives, visible_at, now);
        sequence
    }

    fn place_entry(
        &mut self,
        sequence: u64,
        message: Arc<Message>,
        receives: Receives,
        visible_at: Millis,
        now: Millis,
    ) {
        self.by_age.insert((message.sent, sequence));
        let state = if visible_at > now {
            self.delayed += 1;
            self.timers.insert((visible_at, sequence));
            State::Delayed { until: visible_at }
        } else {
            self.enqueue(sequence, message.group.as_ref());
            State::Waiting
        };
        self.entries.insert(
            sequence,
            Entry {
                message,
                receives,
                state,
            },
        );
    }

    fn enqueue(&mut self, sequence: u64, group: Option<&GroupId>) {
        match (&mut self.order, group) {
            (Order::Standard(line), _) => line.push(sequence),
            (Order::Fifo(groups), Some(group)) => groups.push(group, sequence),
            // Every message of a FIFO queue has a group; one without would be its own.
            (Order::Fifo(groups), None) => groups.push(&GroupId::default(), sequence),
        }
    }

    /// Ends the delay or the flight of a message.
    fn make_visible(&mut self, sequence: u64) {
        let Some(entry) = self.entries.get_mut(&sequence) else {
            return;
        };
        let before = std::mem::replace(&mut entry.state, State::Waiting);
        let group = entry.message.group.clone();
        match before {
            State::Waiting => {}
            State::Delayed { until } => {
                self.timers.remove(&(until, sequence));
                self.delayed -= 1;
                self.enqueue(sequence, group.as_ref());
            }
            State::InFlight { until, .. } => {
                self.timers.remove(&(until, sequence));
                self.in_flight -= 1;
                match &mut self.order {
                    Order::Standard(line) => line.push(sequence),
                    Order::Fifo(groups) => {
                        groups.put_back(&group.unwrap_or_default(), sequence);
                    }
                }
            }
        }
    }

    /// Hands out one message that the order gave, or takes it out as a dead letter.
    fn hand_out(
        &mut self,
        sequence: u64,
        request: &Receive<'_>,
        now: Millis,
        received: &mut Received,
        changes: &mut Vec<Change>,
    ) {
        let until = now + request.visibility;
        self.start_flight(sequence, now, until);
        let receipt = self.next_number();
        let place = self.place(sequence);
        let Some(entry) = self.entries.get_mut(&sequence) else {
            return;
        };
        if request
            .maximum_receives
            .is_some_and(|maximum| entry.receives.here >= maximum)
        {
            received.dead.extend(self.remove(sequence, changes));
            return;
        }
        entry.receives.total += 1;
        entry.receives.here += 1;
        entry.receives.first.get_or_insert(now);
        entry.receives.receipt = receipt;
        changes.push(Change::MessageReceived(place, entry.receives));
        received.deliveries.push(Delivery {
            sequence,
            message: Arc::clone(&entry.message),
            receives: entry.receives,
        });
    }

    fn start_flight(&mut self, sequence: u64, now: Millis, until: Millis) {
        if let Some(entry) = self.entries.get_mut(&sequence) {
            entry.state = State::InFlight {
                until,
                since: now,
                touch: Touch::AsHandedOut,
            };
            self.timers.insert((until, sequence));
            self.in_flight += 1;
        }
    }

    /// Takes a message out, whatever its state.
    fn remove(&mut self, sequence: u64, changes: &mut Vec<Change>) -> Option<Removed> {
        let entry = self.entries.remove(&sequence)?;
        self.by_age.remove(&(entry.message.sent, sequence));
        let no_group = GroupId::default();
        let group = entry.message.group.as_ref().unwrap_or(&no_group);
        match entry.state {
            State::Waiting => match &mut self.order {
                Order::Standard(line) => line.remove(sequence),
                Order::Fifo(groups) => groups.remove(group, sequence),
            },
            State::Delayed { until } => {
                self.timers.remove(&(until, sequence));
                self.delayed -= 1;
            }
            State::InFlight { until, .. } => {
                self.timers.remove(&(until, sequence));
                self.in_flight -= 1;
                if let Order::Fifo(groups) = &mut self.order {
                    groups.release(group);
                }
            }
        }
        changes.push(Change::MessageRemoved(self.place(sequence)));
        Some(Removed {
            message: entry.message,
            receives: entry.receives,
        })
    }

    /// What the attempt was given, with its visibility timeout begun anew; `None` if any of it was
    /// deleted, changed or became visible since.
    fn repeat(&mut self, attempt: &str, visibility: Millis, now: Millis) -> Option<Vec<Delivery>> {
        let handed = self.attempts.find(attempt)?.to_vec();
        let mut deliveries = Vec::with_capacity(handed.len());
        for one in &handed {
            let entry = self.entries.get(&one.sequence)?;
            let untouched = matches!(
                entry.state,
                State::InFlight {
                    touch: Touch::AsHandedOut,
                    ..
                }
            );
            if !untouched || entry.receives.receipt != one.receipt {
                return None;
            }
            deliveries.push(Delivery {
                sequence: one.sequence,
                message: Arc::clone(&entry.message),
                receives: entry.receives,
            });
        }
        for one in &handed {
            if let Some(entry) = self.entries.get_mut(&one.sequence)
                && let State::InFlight { until, .. } = &mut entry.state
            {
                self.timers.remove(&(*until, one.sequence));
                *until = now + visibility;
                self.timers.insert((*until, one.sequence));
            }
        }
        Some(deliveries)
    }

    /// Recomputes, after another queue delay, which messages are delayed and until when.
    fn delay_anew(&mut self, now: Millis, changes: &mut Vec<Change>) {
        let delay = seconds(self.record.settings.delay);
        let mut fresh: Vec<u64> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.receives.total == 0)
            .map(|(sequence, _)| *sequence)
            .collect();
        fresh.sort_unstable();
        for sequence in fresh {
            let Some(entry) = self.entries.remove(&sequence) else {
                continue;
            };
            let group = entry.message.group.clone();
            match entry.state {
                State::Delayed { until } => {
                    self.timers.remove(&(until, sequence));
                    self.delayed -= 1;
                }
                State::Waiting => match (&mut self.order, &group) {
                    (Order::Standard(line), _) => line.remove(sequence),
                    (Order::Fifo(groups), Some(group)) => groups.remove(group, sequence),
                    (Order::Fifo(_), None) => {}
                },
                State::InFlight { .. } => {}
            }
            let visible_at = entry.message.sent + delay;
            changes.push(Change::MessagePut(
                self.place(sequence),
                Arc::clone(&entry.message),
                visible_at,
            ));
            self.place_entry(sequence, entry.message, entry.receives, visible_at, now);
        }
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

    fn record_changed(&self, changes: &mut Vec<Change>) {
        changes.push(Change::QueuePut(Box::new(self.record.clone())));
    }

    fn place(&self, sequence: u64) -> Place {
        Place {
            queue: self.record.id,
            sequence,
        }
    }

    fn next_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }
}
