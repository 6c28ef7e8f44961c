//! Timestamp, nonce and signature, parsed.

/// The three values that a signed request carries, each in its grammar.
///
/// The grammar makes one reading of a signature unique: a timestamp of exactly ten digits, a nonce
/// of 1 to 64 letters, digits, `-` and `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triple<'a> {
    timestamp: &'a str,
    nonce: &'a str,
    seconds: i64,
    digest: [u8; 20],
}

/// The part of a triple that does not match its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TripleError {
    /// Not exactly ten ASCII digits.
    #[error("the timestamp is not ten digits")]
    Timestamp,
    /// Not 1 to 64 ASCII letters, digits, `-` and `_`.
    #[error("the nonce is not 1 to 64 letters, digits, - or _")]
    Nonce,
    /// Not 40 hexadecimal digits.
    #[error("the signature is not 40 hexadecimal digits")]
    Signature,
}

impl<'a> Triple<'a> {
    /// Parses the three values. An upper-case signature is accepted as well.
    pub fn parse(
        timestamp: &'a str,
        nonce: &'a str,
        signature: &'a str,
    ) -> Result<Triple<'a>, TripleError> {
        let seconds = parse_timestamp(timestamp).ok_or(TripleError::Timestamp)?;
        if !is_nonce(nonce) {
            return Err(TripleError::Nonce);
        }
        let mut digest = [0; 20];
        hex::decode_to_slice(signature, &mut digest).map_err(|_| TripleError::Signature)?;
        Ok(Triple {
            timestamp,
            nonce,
            seconds,
            digest,
        })
    }

    /// The timestamp as it came.
    pub fn timestamp(&self) -> &'a str {
        self.timestamp
    }

    /// The nonce as it came.
    pub fn nonce(&self) -> &'a str {
        self.nonce
    }

    /// The timestamp in seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// The 20 bytes of the signature.
    pub fn digest(&self) -> &[u8; 20] {
        &self.digest
    }
}

/// The seconds of a timestamp of exactly ten ASCII digits.
pub(super) fn parse_timestamp(text: &str) -> Option<i64> {
    let well_formed = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| text.parse().ok()).flatten()
}

/// Whether the text matches the grammar of a nonce.
pub(super) fn is_nonce(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
