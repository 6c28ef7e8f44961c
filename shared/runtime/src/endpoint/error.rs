//! Every reason to refuse a request, with its stable code.

use thingrelay_core::signature::{HeaderError, VerifyError};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No source of that name is pushed over HTTP.
    #[error("no source with this name accepts HTTP requests")]
    UnknownSource,
    /// The settings or secrets of the source are wrong. The sender should try again.
    #[error("the configuration of this source has a problem, try again")]
    Misconfigured,
    /// An event that is not a request: the function was invoked by hand, by a schedule, or by a
    /// service other than an HTTP API.
    #[error(
        "this is not a request of an HTTP API, or its body is not base64 although it claims to be"
    )]
    MalformedRequest,
    /// The headers hold no triple, or the Echostr came twice.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The triple is refused.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// A URL check without an Echostr.
    #[error("the header Echostr is missing")]
    MissingEchostr,
    /// An Echostr outside its grammar.
    #[error("the header Echostr is not 1 to 1024 visible ASCII characters")]
    MalformedEchostr,
    /// Neither GET nor POST.
    #[error("only GET and POST are supported")]
    MethodNotAllowed,
    /// A body that is too large to be staged.
    #[error(
        "the body is larger than {} bytes",
        thingrelay_core::staged::MAX_ORIGINAL_BYTES
    )]
    BodyTooLarge,
    /// A body that did not arrive completely in time. The sender should try again.
    #[error("the body did not arrive in time, try again")]
    BodyTimeout,
    /// The staging queue did not accept the message. The sender should try again.
    #[error("the staging queue did not accept the message, try again")]
    StagingUnavailable,
}

impl RequestError {
    /// The stable code: part of the interface, in answers, counters and documents.
    pub fn code(self) -> &'static str {
        match self {
            RequestError::UnknownSource => "unknown_source",
            RequestError::Misconfigured => "misconfigured",
            RequestError::MalformedRequest => "malformed_request",
            RequestError::Header(HeaderError::Missing(_)) => "missing_header",
            RequestError::Header(HeaderError::Repeated(_)) => "repeated_header",
            RequestError::Header(HeaderError::Mixed) => "mixed_headers",
            RequestError::Header(HeaderError::Malformed(..)) => "malformed_header",
            RequestError::Signature(VerifyError::BadSignature) => "bad_signature",
            RequestError::Signature(VerifyError::Stale { .. }) => "stale",
            RequestError::Signature(VerifyError::Ambiguous) => "ambiguous_signature",
            RequestError::MissingEchostr => "missing_echostr",
            RequestError::MalformedEchostr => "malformed_echostr",
            RequestError::MethodNotAllowed => "method_not_allowed",
            RequestError::BodyTooLarge => "body_too_large",
            RequestError::BodyTimeout => "body_timeout",
            RequestError::StagingUnavailable => "staging_unavailable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thingrelay_core::signature::triple::TripleError;

    #[test]
    fn a_refusal_names_the_header_and_the_direction() {
        let cases: [(RequestError, &str); 6] = [
            (
                HeaderError::Missing("X-Tc-Nonce").into(),
                "the header X-Tc-Nonce is missing",
            ),
            (
                HeaderError::Repeated("Echostr").into(),
                "the header Echostr is repeated",
            ),
            (
                HeaderError::Malformed("Timestamp", TripleError::Timestamp).into(),
                "the header Timestamp is malformed: the timestamp is not ten digits",
            ),
            (
                HeaderError::Mixed.into(),
                "headers with and without X-Tc- are mixed",
            ),
            (
                VerifyError::Stale { skew_seconds: 412 }.into(),
                "the timestamp is 412 s in the past by this clock",
            ),
            (
                VerifyError::Stale { skew_seconds: -412 }.into(),
                "the timestamp is 412 s in the future by this clock",
            ),
        ];
        for (refusal, expected) in cases {
            assert_eq!(refusal.to_string(), expected);
        }
    }
}
