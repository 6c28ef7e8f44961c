//! Tells of messages that are gone although nobody deleted them.

use std::collections::HashMap;

use crate::queue::Lost;

/// What was told already, by queue name.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    told: HashMap<String, Lost>,
}

impl Losses {
    /// Logs what the queue has lost since it was last told: every time that messages expire, and
    /// once that some are dropped, which goes on as long as nobody reads the queue.
    pub(crate) fn tell(&mut self, queue: &str, lost: Lost) {
        let told = self.told.insert(queue.to_owned(), lost).unwrap_or_default();
        // A queue of the same name that was made again counts from nothing.
        let expired = lost.expired.saturating_sub(told.expired);
        if expired > 0 {
            tracing::error!(
                queue,
                messages = expired,
                "messages were older than the queue's retention period and are lost"
            );
        }
        if lost.dropped > 0 && told.dropped == 0 {
            tracing::warn!(
                queue,
                "the queue is full: the oldest messages are dropped, until somebody receives them"
            );
        }
    }
}
