//! Text that never prints.

use std::fmt;

/// A token, key or password. It prints as `***`, whatever the format; comparing and hashing are
/// left out on purpose.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself, for the one place that computes with it.
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

/// Whether a text only stands for a secret: documents have such texts, and people forget them.
pub fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 10] = [
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
    WORDS.contains(&text.as_str())
        || AROUND.iter().any(is_around)
        || ["your-", "your_", "your "]
            .iter()
            .any(|start| text.starts_with(start))
        || (text.len() > 1 && characters.all(|next| Some(next) == first))
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
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "k3J9xQ7pLm2Vt8Wz",
            "a-password-of-nobody",
            "hunter2",
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
