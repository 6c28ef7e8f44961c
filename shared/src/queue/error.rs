//! Failures, by what the sender can do.

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use std::error::Error;

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The queue is down, slow, throttled, missing or closed to us: the same call may go through
    /// later, once somebody has mended what is wrong.
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

pub(super) fn classify<E>(error: &SdkError<E>) -> SendError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
    {
        Some(code) => classify_code(code, error.as_service_error().and_then(|e| e.message())),
        None => SendError::Transient(DisplayErrorContext(error).to_string()),
    }
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

pub(super) fn classify_code(code: &str, message: Option<&str>) -> SendError {
    let text = match message {
        Some(message) => format!("{code}: {message}"),
        None => code.to_owned(),
    };
    if OF_THE_MESSAGE.contains(&code) {
        SendError::Permanent(text)
    } else {
        SendError::Transient(text)
    }
}
