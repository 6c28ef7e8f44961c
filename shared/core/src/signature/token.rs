//! The shared secret of a source, and the rules for its strength.

use crate::secret::{Secret, is_placeholder};

/// A token that is strong enough to sign with.
///
/// An attacker who captures one triple of headers can guess the token offline, so the length counts:
/// at least [`Token::MIN_CHARACTERS`].
#[derive(Debug, Clone)]
pub struct Token(Secret);

/// Why a token is refused. The messages never contain the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Fewer than [`Token::MIN_CHARACTERS`] characters.
    #[error("is shorter than 16 characters")]
    Short,
    /// Fewer than [`Token::MIN_DIFFERENT`] different characters.
    #[error("has fewer than 6 different characters")]
    Monotonous,
    /// The token is published, in this project's documentation or elsewhere.
    #[error("is published in documentation")]
    Published,
    /// The user has not replaced the placeholder.
    #[error("is a placeholder: put the real token there")]
    Placeholder,
    /// The platforms' consoles do not accept the characters.
    #[error("has characters other than visible ASCII")]
    Unprintable,
}

/// Tokens from the platforms' pages and from this project's documentation and tests.
const PUBLISHED: [&str; 7] = [
    "test",
    "token",
    "aaa",
    "aaaaa",
    "your-token-here-0123456789",
    "0123456789abcdef",
    "abcdefghijklmnop",
];

impl Token {
    /// The fewest characters of a token.
    pub const MIN_CHARACTERS: usize = 16;
    /// The fewest different characters of a token.
    pub const MIN_DIFFERENT: usize = 6;

    /// The token, if it is strong enough.
    pub fn parse(text: &str) -> Result<Token, TokenError> {
        if PUBLISHED.contains(&text) {
            return Err(TokenError::Published);
        }
        if is_placeholder(text) {
            return Err(TokenError::Placeholder);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Unprintable);
        }
        if text.len() < Self::MIN_CHARACTERS {
            return Err(TokenError::Short);
        }
        let mut seen = [false; 256];
        for byte in text.bytes() {
            seen[usize::from(byte)] = true;
        }
        if seen.iter().filter(|seen| **seen).count() < Self::MIN_DIFFERENT {
            return Err(TokenError::Monotonous);
        }
        Ok(Token(Secret::new(text)))
    }

    /// A token of any strength, for the published test vectors.
    #[cfg(test)]
    pub(crate) fn weak(text: &str) -> Token {
        Token(Secret::new(text))
    }

    /// Whether one token is a proper prefix or suffix of the other. A signed triple of the one could
    /// then be split again into a triple of the other.
    pub fn overlaps(&self, other: &Token) -> bool {
        let (a, b) = (self.bytes(), other.bytes());
        let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
        short.len() < long.len() && (long.starts_with(short) || long.ends_with(short))
    }

    /// Whether the two are the same token.
    pub fn is_same(&self, other: &Token) -> bool {
        self.bytes() == other.bytes()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_tokens_are_refused_each_for_its_reason() {
        let cases = [
            ("", Err(TokenError::Short)),
            ("test", Err(TokenError::Published)),
            ("aaa", Err(TokenError::Published)),
            ("…", Err(TokenError::Placeholder)),
            ("<the-token-of-meters>", Err(TokenError::Placeholder)),
            ("0123456789abcdef", Err(TokenError::Published)),
            ("Kx81mQz0LpW3vB7", Err(TokenError::Short)),
            ("abcdeabcdeabcdeabcde", Err(TokenError::Monotonous)),
            ("Kx81mQz0LpW3vB7 ", Err(TokenError::Unprintable)),
            ("Kx81mQz0LpW3vBé7", Err(TokenError::Unprintable)),
            ("Kx81mQz0LpW3vB7t", Ok(())),
            ("abcdefabcdefabcdef", Ok(())),
        ];
        for (text, expected) in cases {
            assert_eq!(Token::parse(text).map(|_| ()), expected, "{text:?}");
        }
    }

    #[test]
    fn overlap_is_a_strict_prefix_or_suffix_either_way() {
        let cases = [
            ("xabc", "abc", true),
            ("abc", "xabc", true),
            ("abcx", "abc", true),
            ("xabcx", "abc", false),
            ("abc", "abc", false),
            ("abc", "abd", false),
        ];
        for (a, b, expected) in cases {
            let (one, other) = (Token::weak(a), Token::weak(b));
            assert_eq!(one.overlaps(&other), expected, "{a} {b}");
            assert_eq!(one.is_same(&other), a == b, "{a} {b}");
        }
    }
}
