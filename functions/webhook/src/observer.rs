//! Watches deliveries, for a run on one machine.

use crate::{dead_letter::DeadReason, receiver::Attempt};

/// Is told of each attempt and of each dead letter. It is called between requests and must not block.
pub trait Observer: Send + Sync {
    /// An event was sent to the receiver.
    fn attempted(&self, event_id: &str, attempt: &Attempt);

    /// An event is safe among the dead letters.
    fn given_up(&self, event_id: &str, reason: DeadReason);
}

/// Watches nothing.
pub(crate) struct NoObserver;

impl Observer for NoObserver {
    fn attempted(&self, _: &str, _: &Attempt) {}

    fn given_up(&self, _: &str, _: DeadReason) {}
}
