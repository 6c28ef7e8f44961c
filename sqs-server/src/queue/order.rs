//! The order in which waiting messages are delivered.
//!
//! A standard queue delivers messages in the order in which they became available. A FIFO queue
//! delivers each group in the order of its sequence numbers. While messages of a group are in
//! flight, only messages before the first of these are delivered. A group that becomes available
//! goes behind the others, so that a group that fails again and again does not starve the rest.
//! (SQS Developer Guide, "FIFO queue delivery logic in Amazon SQS".) Messages beyond the `window` wait
//! until messages before them are deleted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::group::GroupId;
use super::window::Window;

/// The waiting messages of one queue, in the order in which they are delivered.
#[derive(Debug)]
pub(crate) enum Order {
    Standard(Line),
    Fifo(Groups),
}

/// The waiting messages of a standard queue.
#[derive(Debug, Default)]
pub(crate) struct Line {
    next_ticket: u64,
    by_ticket: BTreeMap<u64, u64>,
    tickets: HashMap<u64, u64>,
}

/// The waiting messages of a FIFO queue by their groups.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    next_ticket: u64,
    by_name: HashMap<GroupId, Group>,
    window: Window,
    /// The groups that have a message to deliver.
    available: BTreeMap<u64, GroupId>,
}

#[derive(Debug, Default)]
struct Group {
    waiting: BTreeSet<u64>,
    in_flight: BTreeSet<u64>,
    ticket: Option<u64>,
}

impl Group {
    /// The first waiting message, unless one before it is in flight or the window does not reach it.
    fn first(&self, window: &Window) -> Option<u64> {
        let first = *self.waiting.first()?;
        let locked = self.in_flight.first().is_some_and(|flying| *flying < first);
        (!locked && window.reaches(first)).then_some(first)
    }
}

impl Line {
    pub(crate) fn push(&mut self, sequence: u64) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.by_ticket.insert(ticket, sequence);
        self.tickets.insert(sequence, ticket);
    }

    pub(crate) fn pop(&mut self) -> Option<u64> {
        let (_, sequence) = self.by_ticket.pop_first()?;
        self.tickets.remove(&sequence);
        Some(sequence)
    }

    pub(crate) fn remove(&mut self, sequence: u64) {
        if let Some(ticket) = self.tickets.remove(&sequence) {
            self.by_ticket.remove(&ticket);
        }
    }
}

impl Groups {
    /// Adds a message that is new or whose delay has ended.
    pub(crate) fn push(&mut self, name: &GroupId, sequence: u64) {
        let group = self.by_name.entry(name.clone()).or_default();
        group.waiting.insert(sequence);
        let left = self.window.add(sequence, name.clone());
        self.settle(name);
        self.settle_others(left);
    }

    /// Delivers up to `max` messages of the group that is first in line, in order, and locks the
    /// messages behind them. Those that do not count come in addition.
    ///
    /// `release` decides which of them are not in flight after all.
    pub(crate) fn take(&mut self, max: usize, counts: impl Fn(u64) -> bool) -> Vec<u64> {
        let Some((_, name)) = self.available.pop_first() else {
            return Vec::new();
        };
        let Some(group) = self.by_name.get_mut(&name) else {
            return Vec::new();
        };
        group.ticket = None;
        let mut taken = Vec::new();
        let mut counted = 0;
        while counted < max
            && let Some(sequence) = group.first(&self.window)
        {
            group.waiting.remove(&sequence);
            counted += usize::from(counts(sequence));
            taken.push(sequence);
        }
        group.in_flight.extend(&taken);
        self.settle(&name);
        taken
    }

    /// Takes a waiting message out of turn, as it is already in flight.
    pub(crate) fn start_flight(&mut self, name: &GroupId, sequence: u64) {
        if let Some(group) = self.by_name.get_mut(name)
            && group.waiting.remove(&sequence)
        {
            group.in_flight.insert(sequence);
        }
        self.settle(name);
    }

    /// Ends the flight of a message that left the queue.
    pub(crate) fn release(&mut self, name: &GroupId, sequence: u64) {
        if let Some(group) = self.by_name.get_mut(name) {
            group.in_flight.remove(&sequence);
        }
        self.forget(name, sequence);
    }

    /// Ends the flight of a message and puts it back in its place.
    pub(crate) fn put_back(&mut self, name: &GroupId, sequence: u64) {
        if let Some(group) = self.by_name.get_mut(name) {
            group.in_flight.remove(&sequence);
            group.waiting.insert(sequence);
        }
        self.settle(name);
    }

    /// Removes a waiting message.
    pub(crate) fn remove(&mut self, name: &GroupId, sequence: u64) {
        if let Some(group) = self.by_name.get_mut(name) {
            group.waiting.remove(&sequence);
        }
        self.forget(name, sequence);
    }

    /// Removes all messages.
    pub(crate) fn clear(&mut self) {
        self.by_name.clear();
        self.available.clear();
        self.window.clear();
    }

    /// Changes the number of messages that a receive looks through.
    pub(crate) fn look_through(&mut self, messages: usize) {
        let moved = self.window.resize(messages);
        self.settle_others(moved);
    }

    /// Lets the window go on over a message that is gone.
    fn forget(&mut self, name: &GroupId, sequence: u64) {
        let entered = self.window.remove(sequence);
        self.settle(name);
        self.settle_others(entered);
    }

    fn settle_others(&mut self, names: impl IntoIterator<Item = GroupId>) {
        for name in names {
            self.settle(&name);
        }
    }

    /// Makes the group available or unavailable, or forgets it, depending on its content.
    fn settle(&mut self, name: &GroupId) {
        let Some(group) = self.by_name.get_mut(name) else {
            return;
        };
        let available = group.first(&self.window).is_some();
        match group.ticket {
            None if available => {
                group.ticket = Some(self.next_ticket);
                self.available.insert(self.next_ticket, name.clone());
                self.next_ticket += 1;
            }
            Some(ticket) if !available => {
                group.ticket = None;
                self.available.remove(&ticket);
            }
            _ => {}
        }
        if group.in_flight.is_empty() && group.waiting.is_empty() {
            self.by_name.remove(name);
        }
    }
}

impl Order {
    /// The empty order of a queue of the kind.
    pub(crate) fn new(kind: super::Kind) -> Order {
        match kind {
            super::Kind::Standard => Order::Standard(Line::default()),
            super::Kind::Fifo => Order::Fifo(Groups::default()),
        }
    }

    /// Removes all messages.
    pub(crate) fn clear(&mut self) {
        match self {
            Order::Standard(line) => *line = Line::default(),
            Order::Fifo(groups) => groups.clear(),
        }
    }

    /// The message that a receive would find first.
    pub(crate) fn peek(&self) -> Option<u64> {
        match self {
            Order::Standard(line) => line.by_ticket.first_key_value().map(|(_, first)| *first),
            Order::Fifo(groups) => {
                let (_, name) = groups.available.first_key_value()?;
                groups.by_name.get(name)?.first(&groups.window)
            }
        }
    }
}
