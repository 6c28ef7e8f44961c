//! Text that is never printed.

use std::fmt;

/// A token, key or password. It prints as `***` in every format. It cannot be compared or hashed, on
/// purpose.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself, for code that must use it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Whether a text is a placeholder for a secret: the documentation has such texts, and users forget
/// to replace them.
pub fn is_placeholder(text: &str) -> bool {
    const ALONE: [&str; 10] = [
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "password",
        "passwd",
        "secret",
        "token",
        "todo",
        "…",
    ];
    const AROUND: [(&str, &str); 3] = [("<", ">"), ("${", "}"), ("{{", "}}")];
    let text = text.trim().to_lowercase();
    let is_around =
        |(before, after): &(&str, &str)| text.starts_with(before) && text.ends_with(after);
    let mut characters = text.chars();
    let first = characters.next();
    ALONE.contains(&text.as_str())
        || is_of_words(&text)
        || AROUND.iter().any(is_around)
        || ["your-", "your_", "your "]
            .iter()
            .any(|start| text.starts_with(start))
        || (text.len() > 1 && characters.all(|next| Some(next) == first))
}

/// Whether a text consists only of numbers and of words that are typical of placeholders.
fn is_of_words(text: &str) -> bool {
    // If one word begins with another, the longer word comes first.
    const WORDS: [&str; 32] = [
        "placeholder",
        "password",
        "passwd",
        "passphrase",
        "credential",
        "example",
        "replace",
        "change",
        "insert",
        "secrets",
        "secret",
        "tokens",
        "token",
        "sample",
        "dummy",
        "source",
        "device",
        "enter",
        "access",
        "value",
        "with",
        "from",
        "your",
        "here",
        "todo",
        "the",
        "put",
        "key",
        "now",
        "of",
        "me",
        "my",
    ];
    let is_separator = |next: char| !next.is_alphanumeric();
    let (mut parts, mut has_word) = (0, false);
    let mut rest = text.trim_matches(is_separator);
    while !rest.is_empty() {
        parts += 1;
        let word = WORDS.iter().find_map(|word| rest.strip_prefix(word));
        rest = match word {
            Some(behind) => {
                has_word = true;
                behind
            }
            None => {
                let behind = rest.trim_start_matches(|next: char| next.is_ascii_digit());
                if behind.len() == rest.len() {
                    return false;
                }
                behind
            }
        };
        rest = rest.trim_start_matches(is_separator);
    }
    // One or two such words may be a password, though a weak one.
    has_word && parts > 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_secrets() {
        for text in [
            "…",
            "...",
            "***",
            "xxxxxxxx",
            "changeme",
            "ChangeMe",
            "<password>",
            "${PASSWORD}",
            "{{ token }}",
            "your-token-here",
            "YOUR_PASSWORD",
            " password ",
            "change-me",
            "changemechangeme12",
            "REPLACE_ME_REPLACE",
            "INSERT_PASSWORD_HERE",
            "changeme-changeme",
            "replace-me-with-token",
            "put-your-token-here",
            "INSERT-TOKEN-HERE-NOW",
            "TOKEN_TOKEN_TOKEN",
            "the-token-of-the-source",
            "example-token-0001",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "k3J9xQ7pLm2Vt8Wz",
            "a-password-of-nobody",
            "hunter2",
            "device1",
            "key-password",
            "pass<word>x",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_secret_prints_as_stars_in_every_format() {
        let secret = Secret::new("correct horse");
        for printed in [
            format!("{secret}"),
            format!("{secret:?}"),
            format!("{secret:#?}"),
        ] {
            assert_eq!(printed, "***");
        }
    }
}
