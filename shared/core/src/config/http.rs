//! What the table of a source may say that is pushed over HTTP.

use super::{
    Problem, Problems,
    key::{Key, KeyGroup, Shape},
    table::Table,
};
use crate::signature::{Token, Verifier};
use serde_json::Value;

/// How the requests of an HTTP source are checked.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// By the platform's signature.
    Signed(Verifier),
    /// Not at all: the user has said `allow_unsigned = true`.
    Unsigned,
}

/// The widest freshness window, in seconds: a day.
const MAX_FRESHNESS_SECONDS: u64 = 86_400;

/// What a source has that is pushed.
pub(super) const KEYS: KeyGroup = KeyGroup {
    title: "Pushed over HTTP",
    keys: &[
Key::new("tokens", Shape::List { pattern: ".{16}", most: Some(2), what: "one or two texts of at least 16 characters, 6 different ones" }, "required", "The current token and, during a rotation, the previous one. `cargo thingrelay token` makes one. No two sources may share a token.").secret(),
Key::new("freshness_seconds", Shape::Number { from: 0, to: MAX_FRESHNESS_SECONDS }, "300", "How far a request's timestamp may be from the clock. 0 switches the check off."),
Key::new("allow_unsigned", Shape::Boolean, "`false`", "Takes requests without a signature, from anybody who knows the URL. Not together with `tokens`."),
    ],
};

/// Reads how requests are checked. `found` gets the tokens, also where something is wrong.
pub(super) fn read(
    table: &mut Table,
    found: &mut Vec<Token>,
    problems: &mut Problems,
) -> Option<Authentication> {
    let place = table.place("tokens");
    let window_seconds = table
        .take("freshness_seconds", problems, |value| {
            value
                .as_u64()
                .filter(|seconds| *seconds <= MAX_FRESHNESS_SECONDS)
                .and_then(|seconds| u32::try_from(seconds).ok())
                .ok_or_else(|| {
                    format!("must be a number of seconds from 0 (off) to {MAX_FRESHNESS_SECONDS}")
                })
        })
        .unwrap_or(Verifier::DEFAULT_WINDOW_SECONDS);
    let allow_unsigned = table.boolean("allow_unsigned", problems).unwrap_or(false);
    let given = table.has("tokens");
    let mut weak = Vec::new();
    let tokens = table.take("tokens", problems, |value| read_tokens(value, &mut weak));
    for (index, message) in weak {
        problems.push(Problem::new(format!("{place}[{index}]"), message));
    }
    *found = tokens.unwrap_or_default();
    match (found.as_slice(), allow_unsigned) {
        ([], true) => Some(Authentication::Unsigned),
        ([], false) => {
            if !given {
                problems.push(Problem::new(
                    place,
                    "is missing: a source that anybody can push to is refused (allow_unsigned = true makes an exception)",
                ));
            }
            None
        }
        ([current, previous @ ..], _) => {
            if allow_unsigned {
                problems.push(Problem::new(
                    place,
                    "cannot stand together with allow_unsigned = true",
                ));
            }
            let verifier =
                Verifier::new(current.clone(), previous.first().cloned(), window_seconds);
            Some(Authentication::Signed(verifier))
        }
    }
}

fn read_tokens(value: &Value, weak: &mut Vec<(usize, String)>) -> Result<Vec<Token>, String> {
    const SHAPE: &str =
        "must be a list of one or two texts: the current token and the previous one";
    let list = value.as_array().ok_or(SHAPE)?;
    if list.is_empty() || list.len() > 2 {
        return Err(SHAPE.to_owned());
    }
    let mut tokens: Vec<Token> = Vec::with_capacity(2);
    for (index, value) in list.iter().enumerate() {
        match Token::parse(value.as_str().ok_or(SHAPE)?) {
            Ok(token) if tokens.iter().any(|other| other.is_same(&token)) => {
                weak.push((index, "is the same as the current one".to_owned()));
            }
            Ok(token) => tokens.push(token),
            Err(reason) => weak.push((index, reason.to_string())),
        }
    }
    Ok(tokens)
}
