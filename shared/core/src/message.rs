//! A message for a queue.

/// The most bytes of a message, and of all messages of one call together.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.
pub const MAX_BYTES: usize = 1_048_576;

/// A message for a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The text; SQS takes the characters that are legal in XML 1.0.
    pub body: String,
    /// What a FIFO queue needs; a standard queue gets none of it.
    pub fifo: Option<Fifo>,
}

/// Group and deduplication id: each 1 to 128 ASCII letters, digits and punctuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fifo {
    /// Messages of one group are delivered in their order.
    pub group: String,
    /// Of messages of one id within five minutes the queue keeps the first.
    pub deduplication: String,
}
