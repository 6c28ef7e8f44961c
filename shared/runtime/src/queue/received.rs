//! Receives messages, and hides and deletes them by their receipts.

use super::{MAX_BATCH, Queue};
use crate::aws::CallError;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, MessageSystemAttributeName as SystemName, QueueAttributeName,
};
use std::{collections::BTreeMap, time::Duration};

/// The longest time that a message can stay hidden after it was received.
///
/// Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>.
pub const MAX_HIDDEN: Duration = Duration::from_secs(12 * 60 * 60);

/// How long a receive waits for a message: long enough to ask all servers of a queue.
const WAIT_SECONDS: i32 = 1;

const INCOMPLETE: &str = "the call lacks an id or a receipt";

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// The queue's id of the message, the same at each receive.
    pub message_id: String,
    /// Deletes the message.
    pub receipt: String,
    pub body: String,
    /// The message group, on a FIFO queue.
    pub group: Option<String>,
    /// The place in the order of the queue, on a FIFO queue.
    pub sequence: Option<String>,
    /// When the message came to the queue: milliseconds since 1970.
    pub sent_millis: i64,
    /// The texts among the message's attributes.
    pub attributes: BTreeMap<String, String>,
}

/// How many messages a queue has, approximately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Messages that can be received, now or after a delay.
    pub waiting: u64,
    /// Messages that a receiver has and has not deleted.
    pub in_flight: u64,
}

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
    /// Receives up to ten messages, and hides them for that time. Waits a second for the first.
    ///
    /// # Errors
    /// The queue does not answer, or refuses.
    pub async fn receive(&self, hidden: Duration) -> Result<Vec<ReceivedMessage>, CallError> {
        let output = self
            .client
            .receive_message()
            .queue_url(self.url.as_str())
            .max_number_of_messages(10)
            .visibility_timeout(whole_seconds(hidden))
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(SystemName::All)
            .message_attribute_names("All")
            .send()
            .await?;
        let messages = output.messages.unwrap_or_default().into_iter();
        let messages = messages.filter_map(|message| {
            let mut attributes = message.attributes.unwrap_or_default();
            let mut take = |name| attributes.remove(&name);
            let texts = message.message_attributes.unwrap_or_default().into_iter();
            let texts = texts.filter_map(|(name, value)| Some((name, value.string_value?)));
            Some(ReceivedMessage {
                attributes: texts.collect(),
                message_id: message.message_id?,
                receipt: message.receipt_handle?,
                body: message.body.unwrap_or_default(),
                group: take(SystemName::MessageGroupId),
                sequence: take(SystemName::SequenceNumber),
                sent_millis: take(SystemName::SentTimestamp)
                    .and_then(|sent| sent.parse().ok())
                    .unwrap_or(0),
            })
        });
        Ok(messages.collect())
    }

    /// How many messages the queue has.
    ///
    /// # Errors
    /// The queue does not answer, or refuses.
    pub async fn depth(&self) -> Result<Depth, CallError> {
        use QueueAttributeName as Name;
        let names = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesDelayed,
            Name::ApproximateNumberOfMessagesNotVisible,
        ];
        let call = self.client.get_queue_attributes();
        let call = call.queue_url(self.url.as_str());
        let call = call.set_attribute_names(Some(names.to_vec()));
        let attributes = call.send().await?.attributes.unwrap_or_default();
        let [visible, delayed, in_flight] = names.map(|name| {
            let number = attributes.get(&name).and_then(|number| number.parse().ok());
            number.unwrap_or(0_u64)
        });
        Ok(Depth {
            waiting: visible + delayed,
            in_flight,
        })
    }

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
