//! Which token signed a request, and when.

use http::HeaderMap;
use thingrelay_core::{
    config::{Authentication, EdgeConfig, EdgeSource, Ingress},
    signature::{
        MatchedToken,
        headers::{self, PLAIN, PREFIXED},
    },
    source::SourceName,
};

/// The names of the signature's headers in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// None of them is there.
    Absent,
    Plain,
    Prefixed,
    Mixed,
}

/// What the headers say, whatever the time is.
#[derive(Debug)]
pub(crate) struct Signature<'a> {
    pub(crate) family: Family,
    /// The timestamp in seconds since 1970, if the headers have a triple.
    pub(crate) timestamp: Option<i64>,
    /// The tokens that sign the triple.
    pub(crate) signers: Vec<Signer<'a>>,
}

/// A token, by its source and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signer<'a> {
    pub(crate) source: &'a SourceName,
    pub(crate) token: MatchedToken,
}

impl Family {
    fn of(headers: &HeaderMap) -> Family {
        let has = |names: [&str; 3]| names.iter().any(|name| headers.contains_key(*name));
        match (has(PLAIN), has(PREFIXED)) {
            (false, false) => Family::Absent,
            (true, false) => Family::Plain,
            (false, true) => Family::Prefixed,
            (true, true) => Family::Mixed,
        }
    }

    /// The name in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Family::Absent => "none",
            Family::Plain => "plain",
            Family::Prefixed => "x-tc",
            Family::Mixed => "mixed",
        }
    }

    /// The headers, for people.
    pub(crate) fn words(self) -> String {
        match self {
            Family::Absent => "no header of a signature".to_owned(),
            Family::Plain => PLAIN.join(", "),
            Family::Prefixed => PREFIXED.join(", "),
            Family::Mixed => "headers of both families, with X-Tc- and without".to_owned(),
        }
    }
}

impl<'a> Signature<'a> {
    pub(crate) fn of(headers: &HeaderMap, config: &'a EdgeConfig) -> Signature<'a> {
        let triple = headers::read(headers).ok();
        let signers = config.sources.values().filter_map(|source| {
            let Ingress::Http(Authentication::Signed { verifier, .. }) = &source.ingress else {
                return None;
            };
            let token = verifier.matching(&triple?)?;
            let source = &source.name;
            Some(Signer { source, token })
        });
        Signature {
            family: Family::of(headers),
            timestamp: triple.map(|triple| triple.seconds()),
            signers: signers.collect(),
        }
    }

    /// The source's own token that signs the triple.
    pub(crate) fn signer_of(&self, source: &str) -> Option<&Signer<'a>> {
        let mut signers = self.signers.iter();
        signers.find(|signer| signer.source.as_str() == source)
    }
}

impl Signer<'_> {
    /// The place of the token in the configuration.
    pub(crate) fn place(&self) -> String {
        let index = match self.token {
            MatchedToken::Current => 0,
            MatchedToken::Previous => 1,
        };
        format!("sources.{}.tokens[{index}]", self.source)
    }

    pub(crate) fn is_previous(&self) -> bool {
        self.token == MatchedToken::Previous
    }
}

/// How far a timestamp may be from the clock, in seconds: 0 if that does not matter; `None` if the
/// source takes requests without a signature, or none at all.
pub(crate) fn window(source: &EdgeSource) -> Option<i64> {
    match &source.ingress {
        Ingress::Http(Authentication::Signed { verifier, .. }) => Some(verifier.window_seconds()),
        _ => None,
    }
}
