//! Why a call to AWS failed.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use std::{error::Error, fmt::Display, sync::Arc};

/// The most characters of an error's text.
const MAX_TEXT: usize = 500;

/// Why a call to AWS failed. The text is one line for logs.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The service's own code and sentence.
    #[error("{}", service_text(.code, .message.as_deref()))]
    Service {
        /// A stable word, such as `RequestThrottled`.
        code: String,
        /// The sentence beside the code.
        message: Option<String>,
    },
    /// An answer that is not one of AWS, by its HTTP status. Its body may quote the call, and is dropped.
    #[error("the answer with status {0} is not from AWS")]
    Foreign(u16),
    /// There is no answer, or none that can be read.
    #[error("{}", with_causes(.what, &**.source))]
    NoAnswer {
        /// What the SDK says.
        what: String,
        /// What led to it.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// There are no credentials.
    #[error("{}", one_line(.0))]
    Credentials(#[source] Arc<CredentialsError>),
    /// What this side finds wrong with the call or its answer.
    #[error("{0}")]
    Other(&'static str),
}

impl CallError {
    /// What the service says.
    pub fn service(code: &str, message: Option<&str>) -> Self {
        CallError::Service {
            code: code.to_owned(),
            message: message.map(str::to_owned),
        }
    }
}

impl<E> From<SdkError<E>> for CallError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let what = error.to_string();
        if let SdkError::ServiceError(answer) = &error {
            return match answer.err().code() {
                Some(code) => CallError::service(code, answer.err().message()),
                None => CallError::Foreign(answer.raw().status().as_u16()),
            };
        }
        match error.into_source() {
            Ok(source) => CallError::NoAnswer {
                what,
                source: source.into(),
            },
            Err(_) => CallError::Other("the call failed without a cause"),
        }
    }
}

impl From<&'static str> for CallError {
    fn from(text: &'static str) -> Self {
        CallError::Other(text)
    }
}

/// Failures are equal if they read the same: not every cause can be compared.
impl PartialEq for CallError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for CallError {}

fn service_text(code: &str, message: Option<&str>) -> String {
    match message {
        Some(message) => one_line(format_args!("{code}: {message}")),
        None => one_line(code),
    }
}

/// An error with all that led to it, which its own words leave out.
fn with_causes(what: &str, source: &dyn Error) -> String {
    let mut text = format!("{what}: {source}");
    let mut source = source.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    one_line(text)
}

fn one_line(text: impl Display) -> String {
    let text = text.to_string().replace(char::is_control, " ");
    text.chars().take(MAX_TEXT).collect()
}
