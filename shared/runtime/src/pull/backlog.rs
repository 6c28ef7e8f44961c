//! The messages that have arrived and are not staged yet, in lines by group.

use super::subscription::Delivery;
use crate::queue::MAX_BATCH;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    sync::Arc,
};
use thingrelay_core::message::{MAX_BYTES, Message};
use tokio::time::Instant;

/// A line for each group of which a message is held. A line is in one of three states: it is ready
/// (its key is in `ready`), it rests after a failure (in `resting`), or its head is under way.
pub(super) struct Backlog<R> {
    lines: HashMap<Arc<str>, Group<R>>,
    ready: VecDeque<Arc<str>>,
    resting: BinaryHeap<Reverse<(Instant, Arc<str>)>>,
    messages: usize,
    bytes: usize,
}

struct Group<R> {
    waiting: VecDeque<Waiting<R>>,
    /// Consecutive failures of the message that was the head last.
    failures: u32,
}

struct Waiting<R> {
    delivery: Delivery<R>,
    /// Whether another message replaces the one that arrived.
    replaced: bool,
}

/// The first message of a line, taken out to be sent.
pub(super) struct InFlight<R> {
    line: Arc<str>,
    pub(super) delivery: Delivery<R>,
    /// Whether another message already replaces the one that arrived.
    pub(super) replaced: bool,
}

impl<R> Waiting<R> {
    fn new(delivery: Delivery<R>) -> Self {
        Waiting {
            delivery,
            replaced: false,
        }
    }
}

impl<R> Backlog<R> {
    pub(super) fn new() -> Self {
        Backlog {
            lines: HashMap::new(),
            ready: VecDeque::new(),
            resting: BinaryHeap::new(),
            messages: 0,
            bytes: 0,
        }
    }

    /// The number of messages held, including those under way.
    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    /// The bytes of the messages' bodies.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of messages that could be sent now.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// When the first of the resting lines is ready again.
    pub(super) fn next_ready(&self) -> Option<Instant> {
        self.resting.peek().map(|Reverse((until, _))| *until)
    }

    /// Adds a message at the end of its group's line. Messages without a group share one line.
    pub(super) fn push(&mut self, delivery: Delivery<R>) {
        self.messages += 1;
        self.bytes += delivery.message.body.len();
        let group = match &delivery.message.fifo {
            Some(fifo) => fifo.group.as_str(),
            None => "",
        };
        if let Some(line) = self.lines.get_mut(group) {
            line.waiting.push_back(Waiting::new(delivery));
            return;
        }
        let key: Arc<str> = group.into();
        let line = Group {
            waiting: VecDeque::from([Waiting::new(delivery)]),
            failures: 0,
        };
        self.lines.insert(Arc::clone(&key), line);
        self.ready.push_back(key);
    }

    /// Makes the lines ready whose rest is over.
    pub(super) fn wake(&mut self, now: Instant) {
        while self.next_ready().is_some_and(|until| until <= now) {
            if let Some(Reverse((_, line))) = self.resting.pop() {
                self.ready.push_back(line);
            }
        }
    }

    /// Takes as many heads as one call may send; none if no line is ready.
    pub(super) fn take_batch(&mut self) -> Vec<InFlight<R>> {
        let mut batch = Vec::with_capacity(self.ready.len().min(MAX_BATCH));
        let mut bytes = 0;
        while batch.len() < MAX_BATCH {
            let Some(key) = self.ready.pop_front() else {
                break;
            };
            let Some(line) = self.lines.get_mut(&key) else {
                continue;
            };
            let Some(first) = line.waiting.pop_front() else {
                continue;
            };
            bytes += first.delivery.message.body.len();
            if bytes > MAX_BYTES && !batch.is_empty() {
                line.waiting.push_front(first);
                self.ready.push_front(key);
                break;
            }
            batch.push(InFlight {
                line: key,
                delivery: first.delivery,
                replaced: first.replaced,
            });
        }
        batch
    }

    /// A head is staged, and its line goes on. Returns the ack token.
    pub(super) fn staged(&mut self, head: InFlight<R>) -> R {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(head.delivery.message.body.len());
        if let Some(line) = self.lines.get_mut(&head.line) {
            if line.waiting.is_empty() {
                self.lines.remove(&head.line);
            } else {
                line.failures = 0;
                self.ready.push_back(head.line);
            }
        }
        head.delivery.ack_token
    }
    /// Puts a head back, to be sent again with the next call.
    pub(super) fn put_back(&mut self, head: InFlight<R>) {
        if let Some(line) = self.lines.get_mut(&head.line) {
            line.waiting.push_front(Waiting {
                delivery: head.delivery,
                replaced: head.replaced,
            });
            self.ready.push_back(head.line);
        }
    }

    /// Puts a head back, to be sent again after a rest. The rest depends on its consecutive
    /// failures.
    pub(super) fn rest(&mut self, head: InFlight<R>, until: impl FnOnce(u32) -> Instant) {
        if let Some(line) = self.lines.get_mut(&head.line) {
            line.waiting.push_front(Waiting {
                delivery: head.delivery,
                replaced: head.replaced,
            });
            line.failures = line.failures.saturating_add(1);
            self.resting
                .push(Reverse((until(line.failures), head.line)));
        }
    }

    /// Replaces a head by another message.
    pub(super) fn replace(&mut self, mut head: InFlight<R>, message: Message) {
        self.bytes = self.bytes.saturating_sub(head.delivery.message.body.len());
        self.bytes += message.body.len();
        head.delivery.message = message;
        head.replaced = true;
        self.put_back(head);
    }

    /// Forgets messages that are not to be kept, except those that are under way.
    pub(super) fn keep(&mut self, is_kept: impl Fn(&R) -> bool) {
        for line in self.lines.values_mut() {
            line.waiting.retain(|Waiting { delivery, .. }| {
                let keeps = is_kept(&delivery.ack_token);
                if !keeps {
                    self.messages = self.messages.saturating_sub(1);
                    self.bytes = self.bytes.saturating_sub(delivery.message.body.len());
                }
                keeps
            });
        }
        // A line whose head is under way stays, even if it is empty. Of the other lines, none may
        // stay empty.
        let ready = std::mem::take(&mut self.ready);
        self.ready = ready.into_iter().filter(|key| self.has_more(key)).collect();
        let resting = std::mem::take(&mut self.resting);
        self.resting = resting
            .into_iter()
            .filter(|Reverse((_, key))| self.has_more(key))
            .collect();
    }

    /// Whether a line whose head is not under way has another message. If it has none, the line is
    /// dropped.
    fn has_more(&mut self, key: &Arc<str>) -> bool {
        let has_more = self
            .lines
            .get(key)
            .is_some_and(|line| !line.waiting.is_empty());
        if !has_more {
            self.lines.remove(key);
        }
        has_more
    }

    /// Forgets all messages. No head may be under way.
    pub(super) fn clear(&mut self) {
        *self = Backlog::new();
    }
}
