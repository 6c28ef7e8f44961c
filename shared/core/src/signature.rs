//! Tencent Cloud's signature scheme for HTTP pushes.
//!
//! `hex(sha1(concat(sort_bytewise([token, timestamp, nonce]))))`, lower-case. Body, URL and method
//! are not covered. Source: "Forwarding data to a third-party service",
//! <https://cloud.tencent.com/document/product/634/45990>.
//!
//! # Layout
//!
//! * [`token`]: the shared secret, and the rules for its strength.
//! * [`triple`]: timestamp, nonce and signature, parsed.
//! * [`headers`]: reads the triple from either set of headers.
//! * [`verifier`]: checks the triple, its freshness and the ambiguity rule, with one or two tokens.

pub mod headers;
pub mod token;
pub mod triple;
pub mod verifier;

pub use headers::HeaderError;
pub use token::{Token, TokenError};
pub use triple::Triple;
pub use verifier::{MatchedToken, Proof, Verifier, VerifyError};

use sha1::{Digest, Sha1};

/// The signature over a token, a timestamp and a nonce: 40 lower-case hexadecimal characters.
pub fn sign(token: &str, timestamp: &str, nonce: &str) -> String {
    hex::encode(digest(
        token.as_bytes(),
        timestamp.as_bytes(),
        nonce.as_bytes(),
    ))
}

fn digest(token: &[u8], timestamp: &[u8], nonce: &[u8]) -> [u8; 20] {
    let mut parts = [token, timestamp, nonce];
    parts.sort_unstable();
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
