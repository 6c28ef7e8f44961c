//! Failures of a send, by what the sender can do.

use crate::aws::CallError;

/// Why a message was not accepted. The text goes to logs: it quotes nothing of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The receiver is down, slow, throttled, missing, or closed to us. The same call may succeed
    /// later, once the cause is fixed.
    #[error(transparent)]
    Transient(CallError),
    /// The receiver will never accept this message: it is too large, or has characters that the
    /// receiver refuses.
    #[error("the message is refused permanently: {0}")]
    Permanent(#[source] CallError),
}

impl SendError {
    /// The message has more bytes than the receiver accepts.
    pub(crate) fn too_large() -> SendError {
        SendError::Permanent("too_large".into())
    }

    /// The answer says nothing about the message.
    pub(crate) fn unanswered() -> SendError {
        SendError::Transient("the answer does not name the message".into())
    }
}

/// An AWS service to which messages are sent.
#[derive(Debug)]
pub(crate) struct Service {
    /// The codes that are about the message itself. All other codes are about the receiver or the
    /// way to it: a missing queue or permission is an operator's slip, and no reason to put
    /// messages into quarantine.
    pub(crate) of_the_message: &'static [&'static str],
}

impl Service {
    /// The failure of a call with one message. Where the message is at fault, the sentence beside the
    /// code may quote it, and is left out.
    pub(crate) fn classify(&self, error: CallError) -> SendError {
        match error {
            CallError::Service { code, .. } if self.of_the_message.contains(&code.as_str()) => {
                SendError::Permanent(CallError::service(&code, None))
            }
            error => SendError::Transient(error),
        }
    }

    /// The failure of a call with several messages is never a permanent failure of one of them.
    pub(crate) fn classify_batch(&self, error: CallError) -> SendError {
        match self.classify(error) {
            SendError::Transient(reason) | SendError::Permanent(reason) => {
                SendError::Transient(reason)
            }
        }
    }

    /// The failure of one message of a call.
    pub(crate) fn classify_code(&self, code: &str, message: Option<&str>) -> SendError {
        self.classify(CallError::service(code, message))
    }
}
