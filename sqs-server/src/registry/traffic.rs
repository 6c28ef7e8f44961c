//! Sending, receiving and deleting messages, and moving dead letters.

use std::sync::Arc;

use super::Registry;
use crate::error::{ErrorCode, SqsError};
use crate::queue::attempts::Receipt;
use crate::queue::message::{Delivery, Message, Receives, Removed};
use crate::queue::{Kind, Moment, ReceiptError, Receive, ReceiveError, Sent, seconds};

/// The parameters of a receive. The queue's own values replace missing ones.
#[derive(Debug, Clone)]
pub(crate) struct ReceiveRequest {
    pub(crate) max: usize,
    /// Seconds of invisibility; `None` for the queue's own value.
    pub(crate) visibility_timeout: Option<u32>,
    pub(crate) attempt: Option<String>,
}

impl Registry {
    /// Sends one message. `delay` is its own delay in seconds.
    pub(crate) fn send(
        &mut self,
        name: &str,
        message: Message,
        delay: Option<u32>,
        now: Moment,
    ) -> Result<Sent, SqsError> {
        let (queue, changes) = self.queue_and_changes(name, now)?;
        let due_before = queue.next_due();
        let lost_before = queue.lost();
        let sent = queue.send(message, delay.map(seconds), now.tick, changes);
        let lost = queue.lost();
        self.effects.note_loss(name, lost_before, lost);
        self.wake(name, due_before);
        Ok(sent)
    }

    /// Receives visible messages, and moves dead letters to their queue.
    pub(crate) fn receive(
        &mut self,
        name: &str,
        request: &ReceiveRequest,
        now: Moment,
    ) -> Result<Vec<Delivery>, SqsError> {
        let queue = self.queue(name, now)?;
        let settings = queue.settings();
        let visibility = seconds(
            request
                .visibility_timeout
                .unwrap_or(settings.visibility_timeout),
        );
        let redrive = settings.redrive.clone();
        let target = redrive.as_ref().and_then(|policy| {
            let target = self.identity.name_of_arn(&policy.target_arn)?;
            self.queues
                .contains_key(target)
                .then(|| (target.to_owned(), policy.maximum_receives))
        });
        let (queue, changes) = self.queue_and_changes(name, now)?;
        let due_before = queue.next_due();
        let received = queue.receive(
            &Receive {
                max: request.max,
                visibility,
                maximum_receives: target.as_ref().map(|(_, maximum)| *maximum),
                attempt: request.attempt.as_deref(),
            },
            now,
            changes,
        )?;
        queue.count_dead(received.dead.len() as u64);
        if !received.deliveries.is_empty() || !received.dead.is_empty() {
            self.wake(name, due_before);
        }
        if let Some((target, _)) = target {
            for dead in received.dead {
                self.bury(name, &target, dead, now);
            }
        }
        Ok(received.deliveries)
    }

    /// Deletes one received message.
    pub(crate) fn delete(
        &mut self,
        name: &str,
        handed: Receipt,
        now: Moment,
    ) -> Result<(), SqsError> {
        let (queue, changes) = self.queue_and_changes(name, now)?;
        let due_before = queue.next_due();
        queue.delete(handed, changes)?;
        if queue.kind() == Kind::Fifo {
            self.wake(name, due_before);
        }
        Ok(())
    }

    /// Makes one received message visible in `timeout` seconds.
    pub(crate) fn change_visibility(
        &mut self,
        name: &str,
        handed: Receipt,
        timeout: u32,
        now: Moment,
    ) -> Result<(), SqsError> {
        let (queue, changes) = self.queue_and_changes(name, now)?;
        let due_before = queue.next_due();
        queue.change_visibility(handed, timeout, now.tick, changes)?;
        self.wake(name, due_before);
        Ok(())
    }

    /// Puts a dead letter into its queue.
    ///
    /// It keeps its id and its count of receives; on a FIFO queue its retention period begins again,
    /// and its id takes the place of its deduplication id.
    /// (SQS Developer Guide, "Using dead-letter queues" and "Learn how to configure a dead-letter
    /// queue redrive".)
    fn bury(&mut self, source: &str, target: &str, dead: Removed, now: Moment) {
        let source_arn = self.identity.arn(source);
        let Ok((queue, changes)) = self.queue_and_changes(target, now) else {
            return;
        };
        let due_before = queue.next_due();
        let (sent, aged_from, deduplication_id) = match queue.kind() {
            Kind::Standard => (dead.message.sent, dead.aged_from, None),
            Kind::Fifo => (now.wall, now.tick, Some(dead.message.id.clone())),
        };
        let message = Message {
            sent,
            deduplication_id,
            dead_letter_source: Some(source_arn),
            ..Arc::unwrap_or_clone(dead.message)
        };
        let receives = Receives {
            here: 0,
            receipt: 0,
            ..dead.receives
        };
        queue.take_in(Arc::new(message), receives, aged_from, now.tick, changes);
        self.wake(target, due_before);
    }
}

impl From<ReceiptError> for SqsError {
    fn from(error: ReceiptError) -> SqsError {
        let code = match error {
            ReceiptError::NotInFlight => ErrorCode::MessageNotInflight,
            ReceiptError::Expired | ReceiptError::Gone | ReceiptError::TooLong => {
                ErrorCode::InvalidParameterValue
            }
        };
        SqsError::new(code, error.to_string())
    }
}

impl From<ReceiveError> for SqsError {
    fn from(error: ReceiveError) -> SqsError {
        SqsError::new(ErrorCode::OverLimit, error.to_string())
    }
}
