//! The part of a FIFO queue that a receive looks through: its oldest messages, those in flight
//! included. A group of which none of these can be delivered is not available.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html>.
//! It says nothing of messages in flight. They are counted here, so that a program that works here
//! does not rely on the other reading.

use std::collections::BTreeMap;

use super::group::GroupId;

/// The number of messages that SQS looks through.
pub(crate) const WINDOW: usize = 120_000;

/// The messages of a FIFO queue, without those that are delayed.
#[derive(Debug)]
pub(crate) struct Window {
    size: usize,
    inside: BTreeMap<u64, GroupId>,
    beyond: BTreeMap<u64, GroupId>,
}

impl Default for Window {
    fn default() -> Window {
        Window {
            size: WINDOW,
            inside: BTreeMap::new(),
            beyond: BTreeMap::new(),
        }
    }
}

impl Window {
    /// Whether a receive looks at the message.
    pub(crate) fn reaches(&self, sequence: u64) -> bool {
        let beyond = self.beyond.first_key_value();
        beyond.is_none_or(|(first, _)| sequence < *first)
    }

    /// Adds a message. Returns the group of a message that is now beyond the window.
    pub(crate) fn add(&mut self, sequence: u64, group: GroupId) -> Option<GroupId> {
        if !self.reaches(sequence) {
            self.beyond.insert(sequence, group);
            return None;
        }
        self.inside.insert(sequence, group);
        self.push_out()
    }

    /// Removes a message. Returns the group of a message that is now inside the window.
    pub(crate) fn remove(&mut self, sequence: u64) -> Option<GroupId> {
        if self.inside.remove(&sequence).is_none() {
            self.beyond.remove(&sequence);
        }
        self.pull_in()
    }

    /// Changes the size. Returns the groups of the messages that are now on the other side.
    pub(crate) fn resize(&mut self, size: usize) -> Vec<GroupId> {
        self.size = size;
        let mut moved: Vec<GroupId> = std::iter::from_fn(|| self.push_out()).collect();
        moved.extend(std::iter::from_fn(|| self.pull_in()));
        moved
    }

    /// Removes all messages.
    pub(crate) fn clear(&mut self) {
        self.inside.clear();
        self.beyond.clear();
    }

    fn push_out(&mut self) -> Option<GroupId> {
        if self.inside.len() <= self.size {
            return None;
        }
        let (sequence, group) = self.inside.pop_last()?;
        self.beyond.insert(sequence, group.clone());
        Some(group)
    }

    fn pull_in(&mut self) -> Option<GroupId> {
        if self.inside.len() >= self.size {
            return None;
        }
        let (sequence, group) = self.beyond.pop_first()?;
        self.inside.insert(sequence, group.clone());
        Some(group)
    }
}
