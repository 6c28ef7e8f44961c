//! An attempt that brought no answer, and why.

use crate::{connector::ConnectTimeout, resolver::ResolveError};
use std::{error::Error, io, time::Duration};
use tokio_rustls::rustls;

/// An attempt that brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    /// The cause, for people.
    pub detail: String,
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The host's name has no address.
    NoAddress,
    /// The host's addresses must not be connected to.
    ForbiddenAddress,
    /// No connection: refused, or no way there.
    Unreachable,
    /// The receiver's certificate is not accepted, or it does not speak TLS.
    Tls,
    /// Connecting or answering took too long.
    Timeout,
    /// The connection ended without an answer, or with something that is not HTTP.
    NoAnswer,
}

impl FailureKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            FailureKind::NoAddress => "no_address",
            FailureKind::ForbiddenAddress => "forbidden_address",
            FailureKind::Unreachable => "unreachable",
            FailureKind::Tls => "tls",
            FailureKind::Timeout => "timeout",
            FailureKind::NoAnswer => "no_answer",
        }
    }
}

impl Failure {
    pub(crate) fn of_request() -> Failure {
        Failure {
            kind: FailureKind::NoAnswer,
            detail: "the request cannot be written".to_owned(),
        }
    }

    pub(crate) fn timeout(limit: Duration) -> Failure {
        Failure {
            kind: FailureKind::Timeout,
            detail: format!("no answer within {} s", limit.as_secs()),
        }
    }

    /// Finds the cause of an error of the HTTP client.
    pub(crate) fn of(error: &hyper_util::client::legacy::Error) -> Failure {
        let mut kind = if error.is_connect() {
            FailureKind::Unreachable
        } else {
            FailureKind::NoAnswer
        };
        let mut detail = error.to_string();
        let mut cause: Option<&(dyn Error + 'static)> = error.source();
        while let Some(error) = cause {
            detail = error.to_string();
            if let Some(found) = kind_of(error) {
                kind = found;
                break;
            }
            cause = inner(error).or_else(|| error.source());
        }
        Failure { kind, detail }
    }
}

fn kind_of(error: &(dyn Error + 'static)) -> Option<FailureKind> {
    if let Some(error) = error.downcast_ref::<ResolveError>() {
        return Some(match error {
            ResolveError::NotFound(_) => FailureKind::NoAddress,
            ResolveError::Forbidden { .. } => FailureKind::ForbiddenAddress,
        });
    }
    if error.is::<ConnectTimeout>() {
        return Some(FailureKind::Timeout);
    }
    error.is::<rustls::Error>().then_some(FailureKind::Tls)
}

/// The error in an error of I/O, which does not name it as its source.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}
