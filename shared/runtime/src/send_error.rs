//! Failures of a send, by what the sender can do.

use crate::aws::with_causes;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// Why a message was not accepted. The text goes to logs: it quotes nothing of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The receiver is down, slow, throttled, missing, or closed to us. The same call may succeed
    /// later, once the cause is fixed.
    #[error("{0}")]
    Transient(String),
    /// The receiver will never accept this message: it is too large, or has characters that the
    /// receiver refuses.
    #[error("the message is refused permanently: {0}")]
    Permanent(String),
}

impl SendError {
    /// The message has more bytes than the receiver accepts.
    pub(crate) fn too_large() -> SendError {
        SendError::Permanent("too_large".to_owned())
    }

    /// The answer says nothing about the message.
    pub(crate) fn unanswered() -> SendError {
        SendError::Transient("the answer does not name the message".to_owned())
    }
}

/// The most characters of a service's own text.
const MAX_WORDS: usize = 200;

/// An AWS service to which messages are sent.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// The codes that are about the message itself. All other codes are about the receiver or the
    /// way to it: a missing queue or permission is an operator's slip, and no reason to put
    /// messages into quarantine.
    pub(crate) of_the_message: &'static [&'static str],
}

impl Service {
    /// The failure of a call with one message.
    pub(crate) fn classify<E>(&self, error: &SdkError<E>) -> SendError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let of_service = error.as_service_error();
        match of_service.and_then(ProvideErrorMetadata::code) {
            Some(code) => self.classify_code(code, of_service.and_then(|error| error.message())),
            None => SendError::Transient(self.describe(error)),
        }
    }

    /// The failure of a call with several messages is never a permanent failure of one of them.
    pub(crate) fn classify_batch<E>(&self, error: &SdkError<E>) -> SendError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        SendError::Transient(self.text(error))
    }

    /// The failure of one message of a call. If the failure is about the message, the sentence
    /// beside the code may quote the message, so it is left out.
    pub(crate) fn classify_code(&self, code: &str, message: Option<&str>) -> SendError {
        if self.of_the_message.contains(&code) {
            return SendError::Permanent(code.to_owned());
        }
        SendError::Transient(match message {
            Some(message) => one_line(&format!("{code}: {message}")),
            None => one_line(code),
        })
    }

    /// The service's error, or the failure on the way to it.
    pub(crate) fn text<E>(&self, error: &SdkError<E>) -> String
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match self.classify(error) {
            SendError::Transient(text) | SendError::Permanent(text) => text,
        }
    }

    /// Describes the failure without the answer's body, which may quote the message.
    fn describe<E: Error + 'static>(&self, error: &SdkError<E>) -> String {
        if let SdkError::ServiceError(answer) = error {
            let (status, name) = (answer.raw().status().as_u16(), self.name);
            return format!("the answer with status {status} is not from {name}");
        }
        one_line(&with_causes(error))
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_WORDS)
        .collect()
}
