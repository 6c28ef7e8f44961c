//! Failures, by what the sender can do.

use crate::aws::with_causes;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// Why a message was not accepted. The text goes to logs: it quotes nothing of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The queue is down, slow, throttled, missing or closed to us: the same call may go through
    /// later, once the cause is fixed.
    #[error("{0}")]
    Transient(String),
    /// The queue will never accept this message: too large, or characters that it refuses.
    #[error("the queue refuses the message for good: {0}")]
    Permanent(String),
}

/// Codes that speak of the message itself. Everything else speaks of the queue or the way there:
/// a missing queue or right is an operator's slip, and no reason to set messages aside.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors>.
const OF_THE_MESSAGE: [&str; 4] = [
    "InvalidMessageContents",
    "InvalidParameterValue",
    "InvalidAttributeValue",
    "MessageTooLong",
];

/// The most characters of the queue's own words.
const MAX_WORDS: usize = 200;

pub(super) fn classify<E>(error: &SdkError<E>) -> SendError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
    {
        Some(code) => classify_code(code, error.as_service_error().and_then(|e| e.message())),
        None => SendError::Transient(describe(error)),
    }
}

/// What the queue said, or what went wrong on the way there.
pub(super) fn text<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match classify(error) {
        SendError::Transient(text) | SendError::Permanent(text) => text,
    }
}

/// What went wrong, without the answer's body, which may quote the message.
fn describe<E: Error + 'static>(error: &SdkError<E>) -> String {
    if let SdkError::ServiceError(answer) = error {
        let status = answer.raw().status().as_u16();
        return format!("the answer, of status {status}, is not one of SQS");
    }
    one_line(&with_causes(error))
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_WORDS)
        .collect()
}

/// A failure of a whole call says nothing for good about one of its messages.
pub(super) fn classify_batch<E>(error: &SdkError<E>) -> SendError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match classify(error) {
        SendError::Permanent(text) => SendError::Transient(text),
        transient => transient,
    }
}

/// Of a failure of the message, the sentence beside the code may quote the message, and is left
/// out.
pub(super) fn classify_code(code: &str, message: Option<&str>) -> SendError {
    if OF_THE_MESSAGE.contains(&code) {
        return SendError::Permanent(code.to_owned());
    }
    SendError::Transient(match message {
        Some(message) => one_line(&format!("{code}: {message}")),
        None => one_line(code),
    })
}
