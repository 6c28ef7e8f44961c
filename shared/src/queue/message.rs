//! What is sent.

use super::{MAX_BYTES, SendError};

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

impl Message {
    /// What can be known before a call: a message over the limit will never be accepted.
    pub(super) fn check(&self) -> Result<(), SendError> {
        if self.body.len() > MAX_BYTES {
            return Err(SendError::Permanent("too_large".to_owned()));
        }
        Ok(())
    }
}
