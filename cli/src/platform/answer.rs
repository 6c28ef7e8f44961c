//! The answer to a request.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use std::time::Duration;

/// A complete answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, without transfer coding.
    pub(crate) body: Bytes,
    /// The time from the first byte sent to the last byte read.
    pub(crate) took: Duration,
}

impl Answer {
    /// The value of a header, if it is present and text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The code of a refusal, from a body like `{"error":"stale"}`.
    pub(crate) fn code(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Refusal {
            error: String,
        }
        let refusal: Refusal = serde_json::from_slice(&self.body).ok()?;
        let is_word = |word: &str| {
            (1..=40).contains(&word.len())
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        Some(refusal.error).filter(|word| is_word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_word_is_a_word() {
        let cases = [
            (r#"{"error":"stale"}"#, Some("stale")),
            (
                r#"{"error":"bad_signature","detail":"x"}"#,
                Some("bad_signature"),
            ),
            (r#"{"error":"Not Found"}"#, None),
            (r#"{"error":7}"#, None),
            (r#"{"error":""}"#, None),
            ("<html>", None),
            ("", None),
        ];
        for (body, expected) in cases {
            let answer = Answer {
                status: StatusCode::UNAUTHORIZED,
                headers: HeaderMap::new(),
                body: Bytes::from_static(body.as_bytes()),
                took: Duration::ZERO,
            };
            assert_eq!(answer.code().as_deref(), expected, "{body}");
        }
    }
}
