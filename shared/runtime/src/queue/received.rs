//! Hides and deletes messages that were received, by their receipts.

use super::{MAX_BATCH, Queue};
use crate::aws::CallError;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
};
use std::time::Duration;

/// The longest time that a message can stay hidden after it was received.
///
/// Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>.
pub const MAX_HIDDEN: Duration = Duration::from_secs(12 * 60 * 60);

const INCOMPLETE: &str = "the call lacks an id or a receipt";

/// A call did not succeed for some or all of its messages. These were not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failed} of {asked} messages were not changed: {source}")]
pub struct ReceiptError {
    /// The number of messages in the call.
    pub asked: usize,
    /// The number of messages for which it failed.
    pub failed: usize,
    /// The queue's error for the first of them.
    pub source: CallError,
}

impl Queue {
    /// Hides each of the received messages for its time from now. With a time of zero, the message
    /// is visible at once.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub async fn hide(&self, messages: &[(&str, Duration)]) -> Result<(), ReceiptError> {
        for chunk in messages.chunks(MAX_BATCH) {
            let entries: Result<Vec<_>, _> = (0..)
                .zip(chunk)
                .map(|(index, (receipt, time))| {
                    ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(i32::to_string(&index))
                        .receipt_handle(*receipt)
                        .visibility_timeout(whole_seconds(*time))
                        .build()
                })
                .collect();
            let entries = entries.map_err(|_| none_of(chunk.len(), INCOMPLETE.into()))?;
            let call = self.client.change_message_visibility_batch();
            let call = call.queue_url(self.url.as_str()).set_entries(Some(entries));
            match call.send().await {
                Ok(output) => all_of(chunk.len(), &output.failed)?,
                Err(error) => return Err(none_of(chunk.len(), error.into())),
            }
        }
        Ok(())
    }

    /// Deletes received messages.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub async fn delete(&self, receipts: &[&str]) -> Result<(), ReceiptError> {
        for chunk in receipts.chunks(MAX_BATCH) {
            let entries: Result<Vec<_>, _> = (0..)
                .zip(chunk)
                .map(|(index, receipt)| {
                    DeleteMessageBatchRequestEntry::builder()
                        .id(i32::to_string(&index))
                        .receipt_handle(*receipt)
                        .build()
                })
                .collect();
            let entries = entries.map_err(|_| none_of(chunk.len(), INCOMPLETE.into()))?;
            let call = self.client.delete_message_batch();
            let call = call.queue_url(self.url.as_str()).set_entries(Some(entries));
            match call.send().await {
                Ok(output) => all_of(chunk.len(), &output.failed)?,
                Err(error) => return Err(none_of(chunk.len(), error.into())),
            }
        }
        Ok(())
    }
}

/// Rounds up, since a part of a second would become zero.
fn whole_seconds(time: Duration) -> i32 {
    let time = time.min(MAX_HIDDEN).as_secs_f64().ceil();
    #[expect(clippy::cast_possible_truncation, reason = "at most MAX_HIDDEN")]
    let seconds = time as i32;
    seconds
}

fn none_of(asked: usize, source: CallError) -> ReceiptError {
    ReceiptError {
        asked,
        failed: asked,
        source,
    }
}

fn all_of(asked: usize, failed: &[BatchResultErrorEntry]) -> Result<(), ReceiptError> {
    match failed.first() {
        None => Ok(()),
        Some(first) => Err(ReceiptError {
            asked,
            failed: failed.len(),
            source: CallError::service(&first.code, first.message.as_deref()),
        }),
    }
}
