//! The states of a message, and the indexes that follow them: order, timers and ages.

use std::sync::Arc;

use super::change::Change;
use super::group::GroupId;
use super::message::{Arrival, Flight, Message, Receives, Removed};
use super::order::Order;
use super::state::{Entry, State, Touch};
use super::{Millis, Queue, seconds};

impl Queue {
    pub(super) fn insert(
        &mut self,
        message: Arc<Message>,
        receives: Receives,
        arrival: Arrival,
        changes: &mut Vec<Change>,
    ) -> u64 {
        let sequence = self.next_number();
        let place = self.place(sequence);
        changes.push(Change::MessagePut(place, Arc::clone(&message), arrival));
        if receives != Receives::default() {
            changes.push(Change::MessageReceived(place, receives, Flight::Ended));
        }
        self.place_entry(sequence, message, receives, arrival);
        self.drop_oldest(changes);
        sequence
    }

    /// Drops the oldest waiting messages while the queue holds more than its bound.
    pub(crate) fn drop_oldest(&mut self, changes: &mut Vec<Change>) {
        while let Some(bound) = self.bound
            && (self.entries.len() > bound.messages || self.bytes > bound.bytes)
        {
            let waits = |sequence: &u64| {
                let state = self.entries.get(sequence).map(|entry| entry.state);
                !matches!(state, Some(State::InFlight { .. }))
            };
            let mut oldest = self.by_age.iter().map(|(_, sequence)| *sequence);
            let Some(oldest) = oldest.find(waits) else {
                return;
            };
            self.remove(oldest, changes);
            self.lost.dropped += 1;
        }
    }

    pub(super) fn place_entry(
        &mut self,
        sequence: u64,
        message: Arc<Message>,
        receives: Receives,
        arrival: Arrival,
    ) {
        self.by_age.insert((arrival.aged_from, sequence));
        self.bytes += message.size();
        let state = if let Some(until) = arrival.delayed_until {
            self.delayed += 1;
            self.timers.insert((until, sequence));
            State::Delayed { until }
        } else {
            self.enqueue(sequence, message.group.as_ref());
            State::Waiting
        };
        self.entries.insert(
            sequence,
            Entry {
                message,
                receives,
                aged_from: arrival.aged_from,
                state,
            },
        );
    }

    pub(super) fn enqueue(&mut self, sequence: u64, group: Option<&GroupId>) {
        match (&mut self.order, group) {
            (Order::Standard(line), _) => line.push(sequence),
            (Order::Fifo(groups), Some(group)) => groups.push(group, sequence),
            // Every message of a FIFO queue has a group. One without would be a group of its own.
            (Order::Fifo(groups), None) => groups.push(&GroupId::default(), sequence),
        }
    }

    /// Ends the delay or the flight of a message.
    pub(super) fn make_visible(&mut self, sequence: u64, changes: &mut Vec<Change>) {
        let place = self.place(sequence);
        let Some(entry) = self.entries.get_mut(&sequence) else {
            return;
        };
        let before = std::mem::replace(&mut entry.state, State::Waiting);
        let group = entry.message.group.clone();
        let receives = entry.receives;
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
                changes.push(Change::MessageReceived(place, receives, Flight::Ended));
                match &mut self.order {
                    Order::Standard(line) => line.push(sequence),
                    Order::Fifo(groups) => {
                        groups.put_back(&group.unwrap_or_default(), sequence);
                    }
                }
            }
        }
    }

    pub(super) fn start_flight(&mut self, sequence: u64, now: Millis, until: Millis) {
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

    /// Removes a message in any state.
    pub(super) fn remove(&mut self, sequence: u64, changes: &mut Vec<Change>) -> Option<Removed> {
        let entry = self.entries.remove(&sequence)?;
        self.by_age.remove(&(entry.aged_from, sequence));
        self.bytes -= entry.message.size();
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
                    groups.release(group, sequence);
                }
            }
        }
        changes.push(Change::MessageRemoved(self.place(sequence)));
        Some(Removed {
            message: entry.message,
            receives: entry.receives,
            aged_from: entry.aged_from,
        })
    }

    /// Computes again, after the queue's delay has changed, which messages are delayed and until
    /// when.
    pub(super) fn delay_anew(&mut self, now: Millis, changes: &mut Vec<Change>) {
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
            self.bytes -= entry.message.size();
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
            let arrival = Arrival {
                aged_from: entry.aged_from,
                delayed_until: Some(entry.aged_from + delay).filter(|until| *until > now),
            };
            changes.push(Change::MessagePut(
                self.place(sequence),
                Arc::clone(&entry.message),
                arrival,
            ));
            self.place_entry(sequence, entry.message, entry.receives, arrival);
        }
    }
}
