//! A message that is staged again.

use super::{EdgeError, Staged, Transport};
use crate::{
    message::{Fifo, MAX_BYTES, Message},
    replay::Replay,
};

/// Why a message cannot be staged again with success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgainError {
    /// The edge could not open the message. The consumer, which has no key, would put the message
    /// into quarantine again.
    #[error("the edge could not open it ({})", .0.code())]
    Unopened(EdgeError),
    /// The message is a reference to an original that no queue took.
    #[error("it is a reference: the original is still at the platform, if anywhere")]
    Reference,
    /// With the mark, the message has more bytes than a queue accepts.
    #[error("it is too large to be marked")]
    TooLarge,
}

impl Staged<'_> {
    /// The message for the staging queue. The id stays, so the events have the same ids as before.
    /// The deduplication id is new for each run: the queue drops what it has seen in the last five
    /// minutes.
    ///
    /// # Errors
    /// The message would go to quarantine, or no queue would accept it.
    pub fn again(&self, replay: Replay, group: &str) -> Result<Message, AgainError> {
        let fifo = Fifo {
            group: group.to_owned(),
            deduplication: format!("{}-{}", self.id, replay.run),
        };
        let mut marked = self.clone();
        marked.error = self.error_that_stays()?;
        marked.replay = Some(replay);
        let body = marked.to_body();
        if body.len() > MAX_BYTES {
            return Err(AgainError::TooLarge);
        }
        Ok(Message {
            body,
            fifo: Some(fifo),
        })
    }

    /// Why the message cannot be staged again, if that is known without a try.
    pub fn obstacle(&self) -> Option<AgainError> {
        self.error_that_stays().err()
    }

    /// A message over which the edge panicked is complete if the edge need not open it, and the
    /// consumer can read it.
    fn error_that_stays(&self) -> Result<Option<EdgeError>, AgainError> {
        match (self.error, &self.transport) {
            (None | Some(EdgeError::Panic), Transport::Http | Transport::Kafka(_))
            | (None, Transport::Pulsar(_)) => Ok(None),
            (Some(EdgeError::TooLarge | EdgeError::RefusedByQueue), _) => {
                Err(AgainError::Reference)
            }
            (Some(error), _) => Err(AgainError::Unopened(error)),
        }
    }
}
