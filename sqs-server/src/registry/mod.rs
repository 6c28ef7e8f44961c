//! All queues of the server, and the traffic between them. Like a queue, the registry gets the time
//! from its caller and does no input or output.
//!
//! - `naming`: queue names, URLs and ARNs.
//! - `lifecycle`: creating, configuring, listing and deleting queues.
//! - `traffic`: sending, receiving, dead letters.
//! - `moves`: message move tasks.
//! - `move_task`: the tasks that are remembered.

mod lifecycle;
pub(crate) mod move_task;
mod moves;
pub(crate) mod naming;
#[cfg(test)]
mod tests;
mod traffic;

use std::collections::{BTreeMap, HashMap};

use move_task::Moves;
use naming::Identity;

use crate::error::SqsError;
use crate::queue::change::Change;
use crate::queue::window::WINDOW;
use crate::queue::{Bound, Lost, Millis, Moment, Queue};

pub(crate) use lifecycle::Page;
pub(crate) use traffic::ReceiveRequest;

#[derive(Debug)]
pub(crate) struct Registry {
    identity: Identity,
    queues: BTreeMap<String, Queue>,
    /// The ticks at which queues were deleted whose names cannot be used yet.
    deleted: HashMap<String, Millis>,
    next_queue_id: u64,
    moves: Moves,
    /// The bounds of the queues with these names.
    bounds: BTreeMap<String, Bound>,
    /// The number of messages that a receive of a FIFO queue looks through.
    window: usize,
    effects: Effects,
}

/// The effects of the operations since the last call.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The changes that a store must repeat.
    pub(crate) changes: Vec<Change>,
    /// The queues whose waiting receives should look again.
    pub(crate) woken: Vec<String>,
    /// The queues that lost messages, with the totals.
    pub(crate) lost: Vec<(String, Lost)>,
}

impl Registry {
    /// A server without queues.
    pub(crate) fn new(identity: Identity, now: Moment) -> Registry {
        Registry {
            identity,
            queues: BTreeMap::new(),
            deleted: HashMap::new(),
            next_queue_id: now.tick.saturating_mul(1000),
            moves: Moves::default(),
            bounds: BTreeMap::new(),
            window: WINDOW,
            effects: Effects::default(),
        }
    }

    /// Replaces a registry that was ahead of its store.
    pub(crate) fn go_on_from(&mut self, before: &mut Registry) {
        self.next_queue_id = self.next_queue_id.max(before.next_queue_id);
        self.deleted = std::mem::take(&mut before.deleted);
        self.moves = std::mem::take(&mut before.moves);
        self.bounds = std::mem::take(&mut before.bounds);
        self.look_through(before.window);
        for (name, queue) in &mut self.queues {
            self.deleted.remove(name);
            if let Some(before) = before.queues.get_mut(name)
                && before.record().id == queue.record().id
            {
                queue.go_on_from(before, &mut self.effects.changes);
            }
            queue.bound = self.bounds.get(name).copied();
        }
    }

    /// Puts back a queue from the store.
    pub(crate) fn restore(&mut self, queue: Queue) {
        self.next_queue_id = self.next_queue_id.max(queue.record().id + 1);
        self.queues.insert(queue.record().name.clone(), queue);
    }

    /// Changes the number of messages that a receive of a FIFO queue looks through.
    pub(crate) fn look_through(&mut self, messages: usize) {
        self.window = messages;
        for queue in self.queues.values_mut() {
            queue.look_through(messages);
        }
    }

    /// Bounds the content of the queue with this name, now or when it is created.
    pub(crate) fn bound(&mut self, name: &str, bound: Bound) {
        self.bounds.insert(name.to_owned(), bound);
        if let Some(queue) = self.queues.get_mut(name) {
            let before = queue.lost();
            queue.bound = Some(bound);
            queue.drop_oldest(&mut self.effects.changes);
            self.effects.note_loss(name, before, queue.lost());
        }
    }

    /// Region and account.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The queue as it was after the last operation on it.
    pub(crate) fn peek(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name)
    }

    /// The queue as it is now.
    pub(crate) fn queue(&mut self, name: &str, now: Moment) -> Result<&mut Queue, SqsError> {
        let (queue, _) = self.queue_and_changes(name, now)?;
        Ok(queue)
    }

    /// Lets time pass in every queue.
    pub(crate) fn advance(&mut self, now: Moment) {
        for (name, queue) in &mut self.queues {
            let before = queue.lost();
            queue.advance(now.tick, &mut self.effects.changes);
            self.effects.note_loss(name, before, queue.lost());
        }
    }

    /// The names of all queues, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }

    /// The effects since the last call.
    pub(crate) fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    /// The queue as it is now and the list for its changes.
    fn queue_and_changes(
        &mut self,
        name: &str,
        now: Moment,
    ) -> Result<(&mut Queue, &mut Vec<Change>), SqsError> {
        let queue = self
            .queues
            .get_mut(name)
            .ok_or_else(SqsError::no_such_queue)?;
        let before = queue.lost();
        queue.advance(now.tick, &mut self.effects.changes);
        self.effects.note_loss(name, before, queue.lost());
        Ok((queue, &mut self.effects.changes))
    }

    /// Wakes the receives that wait on the queue, if there may be a reason: messages, or an earlier
    /// time at which to look.
    fn wake(&mut self, name: &str, due_before: Option<Millis>) {
        let Some(queue) = self.queues.get(name) else {
            return;
        };
        let sooner = match (queue.next_due(), due_before) {
            (Some(due), Some(before)) => due < before,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if queue.has_available() || sooner {
            self.effects.woken.push(name.to_owned());
        }
    }
}

impl Effects {
    fn note_loss(&mut self, name: &str, before: Lost, after: Lost) {
        if before != after {
            self.lost.push((name.to_owned(), after));
        }
    }
}
