//! Checks the source, headers and signature of a request.

use super::RequestError;
use http::HeaderMap;
use thingrelay_core::{
    config::{Authentication, EdgeConfig, EdgeSource, Ingress},
    signature::{self, MatchedToken},
    source::{Channel, SourceName},
    timestamp::Timestamp,
};

/// A request that its source has admitted.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a> {
    /// The source that the request is for.
    pub source: &'a EdgeSource,
    /// The 20 bytes of the signature; `None` if the source allows unsigned requests.
    pub signature: Option<[u8; 20]>,
    /// Whether the signature is good for this body only.
    pub is_bound: bool,
    /// The token that signed the request; `None` if the source allows unsigned requests.
    pub token: Option<MatchedToken>,
}

/// The source's name, if the source is pushed over HTTP, or would be if its settings were right.
pub fn find<'a>(config: &'a EdgeConfig, source: &str) -> Option<&'a SourceName> {
    let name = SourceName::parse(source)?;
    if let Some(source) = config.sources.get(&name) {
        return matches!(source.ingress, Ingress::Http(_)).then_some(&source.name);
    }
    let (name, broken) = config.broken.sources.get_key_value(&name)?;
    (broken.channel == Channel::Http).then_some(name)
}

/// Checks source, headers, signature and freshness.
///
/// # Errors
/// The first check that fails.
pub fn admit<'a>(
    config: &'a EdgeConfig,
    source: &str,
    headers: &'a HeaderMap,
    now: Timestamp,
) -> Result<Admitted<'a>, RequestError> {
    let name = find(config, source).ok_or(RequestError::UnknownSource)?;
    let source = config
        .sources
        .get(name)
        .ok_or(RequestError::Misconfigured)?;
    let Ingress::Http(authentication) = &source.ingress else {
        return Err(RequestError::UnknownSource);
    };
    match authentication {
        Authentication::Unsigned => Ok(Admitted {
            source,
            signature: None,
            is_bound: false,
            token: None,
        }),
        Authentication::Signed { verifier, is_bound } => {
            let triple = signature::headers::read(headers)?;
            let proof = verifier.verify(&triple, now)?;
            Ok(Admitted {
                source,
                signature: Some(*triple.digest()),
                is_bound: *is_bound,
                token: Some(proof.token),
            })
        }
    }
}
