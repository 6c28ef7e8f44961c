//! Logs messages that were lost: expired or dropped without being deleted.

use std::collections::HashMap;

use crate::queue::Lost;

/// The losses that have been logged, by queue name.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    told: HashMap<String, Lost>,
}

impl Losses {
    /// Logs the losses since the last call: each time that messages expire, and only the first time
    /// that some are dropped, since dropping continues while no client reads the queue.
    pub(crate) fn tell(&mut self, queue: &str, lost: Lost) {
        let told = self.told.insert(queue.to_owned(), lost).unwrap_or_default();
        // If a queue of the same name was created again, its counts begin at zero.
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
                "the queue is full: the oldest messages are dropped until messages are received"
            );
        }
    }
}
