//! Signatures as in [Standard Webhooks](https://www.standardwebhooks.com): HMAC-SHA-256 over the id,
//! the time and the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// What every secret begins with.
pub const PREFIX: &str = "whsec_";

/// The fewest and the most bytes of a key.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key that a receiver also has. It prints as `***`, and cannot be compared, on purpose.
#[derive(Clone)]
pub struct SigningSecret(Hmac<Sha256>);

/// Why a text is not a signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningSecretError {
    #[error("must begin with whsec_")]
    Prefix,
    #[error("must have base64 behind whsec_")]
    Base64,
    #[error("must have 24 to 64 bytes in base64 behind whsec_, not {0}")]
    Length(usize),
}

impl SigningSecret {
    /// Reads `whsec_` and the key in base64.
    ///
    /// # Errors
    /// See [`SigningSecretError`].
    pub fn parse(text: &str) -> Result<SigningSecret, SigningSecretError> {
        let key = text
            .strip_prefix(PREFIX)
            .ok_or(SigningSecretError::Prefix)?;
        let key = STANDARD
            .decode(key)
            .map_err(|_| SigningSecretError::Base64)?;
        let wrong_length = SigningSecretError::Length(key.len());
        if !KEY_BYTES.contains(&key.len()) {
            return Err(wrong_length);
        }
        let hmac = Hmac::new_from_slice(&key).map_err(|_| wrong_length)?;
        Ok(SigningSecret(hmac))
    }

    /// Writes a key of 24 to 64 bytes as [`SigningSecret::parse`] reads it.
    pub fn text_of(key: &[u8]) -> String {
        format!("{PREFIX}{}", STANDARD.encode(key))
    }

    fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mut hmac = self.0.clone();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            hmac.update(part);
        }
        format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The current secret of a webhook and, during a rotation, the previous one.
#[derive(Debug, Clone)]
pub struct SigningSecrets {
    pub current: SigningSecret,
    pub previous: Option<SigningSecret>,
}

impl SigningSecrets {
    /// The value of the header `webhook-signature`: a signature by each secret.
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let current = self.current.sign(id, timestamp, body);
        match &self.previous {
            None => current,
            Some(previous) => format!("{current} {}", previous.sign(id, timestamp, body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn the_example_of_standard_webhooks() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let secrets = SigningSecrets {
            current: secret.clone(),
            previous: Some(secret),
        };
        let signature = secrets.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b"{\"test\": 2432232314}",
        );
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature, format!("{expected} {expected}"));
    }

    #[test]
    fn a_secret_has_24_to_64_bytes_in_base64() {
        for length in [24, 25, 32, 64] {
            let text = SigningSecret::text_of(&vec![7; length]);
            let secret = SigningSecret::parse(&text).unwrap();
            assert_eq!(format!("{secret:?}"), "***");
        }
        let cases = [
            (
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
                SigningSecretError::Prefix,
            ),
            ("whsec_…".to_owned(), SigningSecretError::Base64),
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS".to_owned(),
                SigningSecretError::Base64,
            ),
            (
                SigningSecret::text_of(&[7; 23]),
                SigningSecretError::Length(23),
            ),
            (
                SigningSecret::text_of(&[7; 65]),
                SigningSecretError::Length(65),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(SigningSecret::parse(&text).unwrap_err(), expected, "{text}");
        }
    }
}
