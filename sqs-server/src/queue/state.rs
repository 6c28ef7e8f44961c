//! The queue: its messages and their states, its settings, and the passing of time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::attempts::Attempts;
use super::change::{Change, Place};
use super::deduplication::{DeduplicationInterval, FirstSend, Key};
use super::message::{Arrival, Message, Receives};
use super::order::Order;
use super::record::QueueRecord;
use super::settings::Settings;
use super::{Kind, Millis, Moment, seconds};

/// The number of messages in a queue, by their states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Messages that a receive can get, now or when their group is free.
    pub visible: usize,
    /// Messages that were received and neither deleted nor made visible again.
    pub in_flight: usize,
    /// Messages whose delay has not ended.
    pub delayed: usize,
}

/// The most that a queue may hold. Beyond that, the oldest waiting messages are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The most messages.
    pub messages: usize,
    /// The most bytes of bodies and message attributes.
    pub bytes: usize,
}

/// The number of messages that a queue has lost since the server started, without a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Messages that were older than the retention period.
    pub expired: u64,
    /// Messages that were dropped because the queue held more than its bound.
    pub dropped: u64,
}

#[derive(Debug)]
pub(crate) struct Queue {
    pub(super) record: QueueRecord,
    pub(super) kind: Kind,
    pub(super) entries: HashMap<u64, Entry>,
    pub(super) order: Order,
    /// When delays and visibility timeouts end.
    pub(super) timers: BTreeSet<(Millis, u64)>,
    /// The messages by the tick from which their age counts, for the retention period.
    pub(super) by_age: BTreeSet<(Millis, u64)>,
    pub(super) deduplication: DeduplicationInterval,
    pub(super) attempts: Attempts,
    pub(super) in_flight: usize,
    pub(super) delayed: usize,
    /// Messages that were sent or moved here.
    pub(super) sent: u64,
    pub(super) duplicates: u64,
    /// Messages that became dead letters.
    pub(super) dead_lettered: u64,
    /// Not an attribute of SQS: the program that embeds the server sets it.
    pub(crate) bound: Option<Bound>,
    /// The bytes of the bodies and attributes of all messages.
    pub(super) bytes: usize,
    pub(super) lost: Lost,
    pub(super) purged: Option<Millis>,
    /// The next sequence number and the next receipt. Both only grow, even over a restart, because
    /// they start from the tick.
    pub(super) next_number: u64,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    pub(super) receives: Receives,
    /// The tick from which the message's age counts.
    pub(super) aged_from: Millis,
    pub(super) state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
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
pub(super) enum Touch {
    AsHandedOut,
    VisibilityChanged,
}

impl Queue {
    pub(crate) fn new(record: QueueRecord, now: Millis) -> Queue {
        let kind = Kind::of_name(&record.name);
        Queue {
            record,
            kind,
            entries: HashMap::new(),
            order: Order::new(kind),
            timers: BTreeSet::new(),
            by_age: BTreeSet::new(),
            deduplication: DeduplicationInterval::default(),
            attempts: Attempts::default(),
            in_flight: 0,
            delayed: 0,
            sent: 0,
            duplicates: 0,
            dead_lettered: 0,
            bound: None,
            bytes: 0,
            lost: Lost::default(),
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

    /// The number of messages that were sent or moved to the queue, with those that were recognised as repeated.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// The number of sends that were recognised as repeated.
    pub(crate) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// The number of messages that became dead letters.
    pub(crate) fn dead_lettered(&self) -> u64 {
        self.dead_lettered
    }

    /// Counts messages that became dead letters.
    pub(crate) fn count_dead(&mut self, messages: u64) {
        self.dead_lettered += messages;
    }

    pub(crate) fn lost(&self) -> Lost {
        self.lost
    }

    pub(crate) fn depth(&self) -> Depth {
        Depth {
            visible: self.entries.len() - self.in_flight - self.delayed,
            in_flight: self.in_flight,
            delayed: self.delayed,
        }
    }

    /// Whether a receive would find a message now.
    pub(crate) fn has_available(&self) -> bool {
        self.order.peek().is_some()
    }

    /// Changes the number of messages that a receive of a FIFO queue looks through.
    pub(crate) fn look_through(&mut self, messages: usize) {
        if let Order::Fifo(groups) = &mut self.order {
            groups.look_through(messages);
        }
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
            self.make_visible(sequence, changes);
        }
        let retention = seconds(self.record.settings.retention);
        while let Some((aged_from, sequence)) = self.by_age.first().copied() {
            if aged_from.saturating_add(retention) > now {
                break;
            }
            self.remove(sequence, changes);
            self.lost.expired += 1;
        }
        while let Some(sequence) = self.deduplication.forget_one(now) {
            changes.push(Change::SendForgotten(self.place(sequence)));
        }
        self.attempts.forget_old(now);
    }

    /// Deletes every message. Within 60 seconds of the last purge, does nothing and returns false.
    pub(crate) fn purge(&mut self, now: Millis, changes: &mut Vec<Change>) -> bool {
        if self.purged.is_some_and(|purged| now < purged + 60_000) {
            return false;
        }
        self.purged = Some(now);
        self.entries.clear();
        self.timers.clear();
        self.by_age.clear();
        self.order.clear();
        self.in_flight = 0;
        self.delayed = 0;
        self.bytes = 0;
        changes.push(Change::QueueCleared(self.record.id));
        true
    }

    /// Replaces the settings. A FIFO queue's delay also applies to the messages that it holds. (API
    /// reference, SetQueueAttributes, "DelaySeconds".)
    pub(crate) fn set(&mut self, settings: Settings, now: Moment, changes: &mut Vec<Change>) {
        let old_delay = self.record.settings.delay;
        self.record.settings = settings;
        self.record.modified = now.wall;
        self.record_changed(changes);
        if self.kind == Kind::Fifo && self.record.settings.delay != old_delay {
            self.delay_anew(now.tick, changes);
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

    /// Puts back a message from the store.
    pub(crate) fn restore(
        &mut self,
        sequence: u64,
        message: Arc<Message>,
        arrival: Arrival,
        receives: Receives,
    ) {
        self.next_number = self.next_number.max(sequence + 1).max(receives.receipt + 1);
        self.place_entry(sequence, message, receives, arrival);
    }

    /// Puts back a send from the store. Sends come in the order of their sequence numbers.
    pub(crate) fn restore_send(&mut self, key: Key, first: FirstSend) {
        self.next_number = self.next_number.max(first.sequence + 1);
        self.deduplication.remember(key, first);
    }

    pub(super) fn record_changed(&self, changes: &mut Vec<Change>) {
        changes.push(Change::QueuePut(Box::new(self.record.clone())));
    }

    pub(super) fn place(&self, sequence: u64) -> Place {
        Place {
            queue: self.record.id,
            sequence,
        }
    }

    pub(super) fn next_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }
}
