//! How a case fails.

use std::fmt::Debug;

use aws_sdk_sqs::error::{BuildError, ProvideErrorMetadata, SdkError};

/// Whether a server behaved as documented.
pub(crate) type Outcome = Result<(), CaseError>;

/// How a server differs from what is documented.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CaseError {
    /// The server refused a request that it must accept, or did not answer.
    #[error("a request failed: {0}")]
    Request(String),
    /// The server gave another answer.
    #[error("{0}")]
    Unexpected(String),
    /// The case itself asked for something that the SDK does not send.
    #[error("the SDK does not build the request: {0}")]
    NotBuilt(#[from] BuildError),
}

impl<E, R> From<SdkError<E, R>> for CaseError
where
    E: ProvideErrorMetadata + Debug,
    R: Debug,
{
    fn from(error: SdkError<E, R>) -> CaseError {
        let text = match error.as_service_error() {
            Some(service) => format!(
                "{}: {}",
                service.code().unwrap_or("no code"),
                service.message().unwrap_or("no message")
            ),
            None => format!("{error:?}"),
        };
        CaseError::Request(text)
    }
}

/// Fails the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::case_error::CaseError::Unexpected(format!($($message)+)));
        }
    };
}

pub(crate) use ensure;

/// Fails unless both are equal; `what` names them.
pub(crate) fn equal<A: PartialEq<B> + Debug, B: Debug>(
    what: &str,
    actual: A,
    expected: B,
) -> Outcome {
    ensure!(
        actual == expected,
        "{what}: {actual:?} instead of {expected:?}"
    );
    Ok(())
}

/// The value, or a failure that names it.
pub(crate) fn present<T>(what: &str, value: Option<T>) -> Result<T, CaseError> {
    value.ok_or_else(|| CaseError::Unexpected(format!("the answer has no {what}")))
}

/// Fails unless the request was refused with one of the errors, named as in the API reference.
pub(crate) fn refused<T: Debug, E, R: Debug>(
    what: impl Debug,
    answer: Result<T, SdkError<E, R>>,
    errors: &[&str],
) -> Outcome
where
    E: ProvideErrorMetadata + Debug,
{
    match answer {
        Ok(answer) => Err(CaseError::Unexpected(format!(
            "{what:?} was accepted instead of refused with {errors:?}: {answer:?}"
        ))),
        Err(error) => {
            let code = error
                .as_service_error()
                .and_then(ProvideErrorMetadata::code);
            let name = code.map(error_name);
            ensure!(
                name.is_some_and(|name| errors.contains(&name)),
                "{what:?} was refused with {name:?} instead of {errors:?}: {error:?}"
            );
            Ok(())
        }
    }
}

/// The name that the API reference gives to an error, from its code in either protocol.
pub(crate) fn error_name(code: &str) -> &str {
    match code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code) {
        "NonExistentQueue" => "QueueDoesNotExist",
        "QueueAlreadyExists" => "QueueNameExists",
        "InvalidParameterValueException" => "InvalidParameterValue",
        "MissingRequiredParameterException" => "MissingParameter",
        name => name,
    }
}
