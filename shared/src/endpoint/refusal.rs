//! Everything that can be wrong with a request, with its stable word.

use crate::signature::{HeaderError, Refused};

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No source of that name takes HTTP.
    #[error("no source of this name takes HTTP requests")]
    UnknownSource,
    /// The settings or secrets of the source are wrong: try again.
    #[error("the configuration of this source has a problem, try again")]
    Misconfigured,
    /// A header of the signature is absent.
    #[error("a header of the signature is missing")]
    MissingHeader,
    /// A header came twice, or as a list.
    #[error("a header is repeated")]
    RepeatedHeader,
    /// Headers of both families are present.
    #[error("plain and X-Tc- headers are mixed")]
    MixedHeaders,
    /// A header's value is outside its grammar.
    #[error("a header of the signature is malformed")]
    MalformedHeader,
    /// No token of the source gives this signature.
    #[error("no token of this source gives this signature")]
    BadSignature,
    /// Signed, but not now.
    #[error("the timestamp is {skew_seconds} s away from this clock")]
    Stale {
        /// This clock minus the timestamp, in seconds.
        skew_seconds: i64,
    },
    /// The signature fits an older triple as well.
    #[error("the signature fits an older timestamp and nonce as well")]
    AmbiguousSignature,
    /// A URL check without Echostr.
    #[error("the header Echostr is missing")]
    MissingEchostr,
    /// An Echostr outside its grammar.
    #[error("the header Echostr is not 1 to 1024 visible ASCII characters")]
    MalformedEchostr,
    /// Neither GET nor POST.
    #[error("only GET and POST are answered here")]
    MethodNotAllowed,
    /// A body that staging cannot take.
    #[error("the body is larger than {} bytes", crate::staged::MAX_ORIGINAL_BYTES)]
    BodyTooLarge,
    /// The staging queue did not accept: try again.
    #[error("the staging queue did not accept the message, try again")]
    StagingUnavailable,
}

impl Refusal {
    /// The stable word: part of the interface, in answers, counters and documents.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::UnknownSource => "unknown_source",
            Refusal::Misconfigured => "misconfigured",
            Refusal::MissingHeader => "missing_header",
            Refusal::RepeatedHeader => "repeated_header",
            Refusal::MixedHeaders => "mixed_headers",
            Refusal::MalformedHeader => "malformed_header",
            Refusal::BadSignature => "bad_signature",
            Refusal::Stale { .. } => "stale",
            Refusal::AmbiguousSignature => "ambiguous_signature",
            Refusal::MissingEchostr => "missing_echostr",
            Refusal::MalformedEchostr => "malformed_echostr",
            Refusal::MethodNotAllowed => "method_not_allowed",
            Refusal::BodyTooLarge => "body_too_large",
            Refusal::StagingUnavailable => "staging_unavailable",
        }
    }
}

impl From<HeaderError> for Refusal {
    fn from(error: HeaderError) -> Self {
        match error {
            HeaderError::Missing(_) => Refusal::MissingHeader,
            HeaderError::Repeated(_) => Refusal::RepeatedHeader,
            HeaderError::Mixed => Refusal::MixedHeaders,
            HeaderError::Malformed(_) => Refusal::MalformedHeader,
        }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::BadSignature => Refusal::BadSignature,
            Refused::Stale { skew_seconds } => Refusal::Stale { skew_seconds },
            Refused::Ambiguous => Refusal::AmbiguousSignature,
        }
    }
}
