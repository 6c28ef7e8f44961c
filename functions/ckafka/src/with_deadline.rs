//! Sends until a deadline.

use std::time::Instant;
use thingrelay::{ordered::Sender, queue::SendError};
use thingrelay_core::message::Message;

/// A queue to which nothing is sent after the deadline. A call that has not ended by then counts as
/// failed. If the queue has accepted its messages, it drops the copies when they come again.
pub struct WithDeadline<'a, S> {
    pub queue: &'a S,
    /// The deadline; `None` if calls may take as long as they need.
    pub deadline: Option<Instant>,
}

impl<S: Sender + Sync> Sender for WithDeadline<'_, S> {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let sending = self.queue.send_batch(messages);
        let Some(deadline) = self.deadline else {
            return sending.await;
        };
        let late = |_| {
            let error = SendError::Transient("the time of the invocation is over".into());
            vec![Err(error); messages.len()]
        };
        if Instant::now() >= deadline {
            return late(());
        }
        let sent = tokio::time::timeout_at(deadline.into(), sending).await;
        sent.unwrap_or_else(|_| late(()))
    }
}
