//! A message for a queue, a topic or an event bus.

use crate::{event::EventType, timestamp::Timestamp};

/// The most bytes of a message, and of all messages in one call together.
///
/// Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.
pub const MAX_BYTES: usize = 1_048_576;

/// A message for a queue or a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// SQS accepts the characters that are legal in XML 1.0.
    pub body: String,
    /// For a FIFO queue or topic only.
    pub fifo: Option<Fifo>,
}

/// Group and deduplication id: each 1 to 128 ASCII letters, digits and punctuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fifo {
    /// Messages of one group are delivered in their order.
    pub group: String,
    /// Of the messages with one id within five minutes, the queue keeps the first.
    pub deduplication: String,
}

/// A message that is an event, with the facts by which receivers select events unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMessage {
    /// The event as JSON.
    pub message: Message,
    /// The event's type.
    pub kind: EventType,
    /// The event's `source`.
    pub source: String,
    /// The event's `subject`.
    pub subject: Option<String>,
    /// The event's `time`.
    pub time: Timestamp,
}

impl AsRef<Message> for Message {
    fn as_ref(&self) -> &Message {
        self
    }
}

impl AsRef<Message> for EventMessage {
    fn as_ref(&self) -> &Message {
        &self.message
    }
}
