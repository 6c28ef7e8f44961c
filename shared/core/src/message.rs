//! A message for a queue.

/// The most bytes of a message, and of all messages in one call together.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.
pub const MAX_BYTES: usize = 1_048_576;

/// A message for a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// SQS accepts the characters that are legal in XML 1.0.
    pub body: String,
    /// For a FIFO queue only.
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
