//! Answers of the page's server.

use super::guard::GuardError;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use std::convert::Infallible;

/// The page loads nothing from elsewhere, and runs no text as a program.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Why a request has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplyError {
    #[error("there is nothing at this path")]
    NotFound,
    /// The number of the call is not among those that are kept.
    #[error("this call is not kept any more")]
    NoCall,
    #[error("there is no source of this name")]
    NoSource,
    #[error("the source has no token")]
    NoToken,
    #[error("the method is not allowed here")]
    Method,
    /// A parameter or the body cannot be read.
    #[error("{0}")]
    Malformed(String),
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// What was asked for cannot be done.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl ReplyError {
    fn status(&self) -> StatusCode {
        match self {
            ReplyError::NotFound
            | ReplyError::NoCall
            | ReplyError::NoSource
            | ReplyError::NoToken => StatusCode::NOT_FOUND,
            ReplyError::Method => StatusCode::METHOD_NOT_ALLOWED,
            ReplyError::Malformed(_) => StatusCode::BAD_REQUEST,
            ReplyError::Guard(error) => error.status(),
            ReplyError::Failed(_) => StatusCode::BAD_GATEWAY,
        }
    }

    pub(crate) fn reply(&self) -> Response<Body> {
        let mut response = json(&json!({ "error": self.to_string() }));
        *response.status_mut() = self.status();
        response
    }
}

/// Reads what a user asks for.
///
/// # Errors
/// The body is not what it has to be.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ReplyError> {
    serde_json::from_slice(body).map_err(|error| ReplyError::Malformed(error.to_string()))
}

pub(crate) fn json<T: Serialize>(value: &T) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(text) => file("application/json", text),
        Err(error) => {
            let mut response = file("text/plain; charset=utf-8", error.to_string());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

pub(crate) fn file(kind: &'static str, content: impl Into<Bytes>) -> Response<Body> {
    with(kind, Full::new(content.into()).boxed_unsync())
}

/// An answer with the headers that all answers have.
pub(crate) fn with(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let fixed = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    let same = HeaderValue::from_static("same-origin");
    let headers = response.headers_mut();
    headers.insert("cross-origin-resource-policy", same.clone());
    headers.insert("cross-origin-opener-policy", same);
    response
}
