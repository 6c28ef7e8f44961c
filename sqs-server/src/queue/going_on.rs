//! Replaces a queue that was ahead of its store by the stored queue.

use super::Queue;
use super::change::Change;
use super::message::Flight;
use super::order::Order;
use super::state::State;

impl Queue {
    /// Takes over the state that a store does not keep, or may not have kept: the receives and
    /// flights of the messages that both queues hold, and the counters. Messages that only the
    /// other queue holds were never acknowledged.
    pub(crate) fn go_on_from(&mut self, before: &mut Queue, changes: &mut Vec<Change>) {
        self.next_number = self.next_number.max(before.next_number);
        self.attempts = std::mem::take(&mut before.attempts);
        let is_gone = |sequence: &&u64| !self.entries.contains_key(sequence);
        let gone = before.entries.keys().filter(is_gone).count();
        self.sent = before.sent.saturating_sub(gone as u64);
        self.duplicates = before.duplicates;
        self.dead_lettered = before.dead_lettered;
        self.purged = before.purged;
        self.bound = before.bound;
        self.lost = before.lost;
        for (sequence, old) in &before.entries {
            let place = self.place(*sequence);
            let Some(entry) = self.entries.get_mut(sequence) else {
                continue;
            };
            entry.receives = old.receives;
            let mut flight = Flight::Ended;
            if let State::InFlight { until, .. } = old.state
                && entry.state == State::Waiting
            {
                flight = Flight::GoesOn;
                entry.state = old.state;
                self.timers.insert((until, *sequence));
                self.in_flight += 1;
                match &mut self.order {
                    Order::Standard(line) => line.remove(*sequence),
                    Order::Fifo(groups) => {
                        let group = entry.message.group.clone().unwrap_or_default();
                        groups.start_flight(&group, *sequence);
                    }
                }
            }
            if old.receives.total > 0 {
                changes.push(Change::MessageReceived(place, old.receives, flight));
            }
        }
    }
}
