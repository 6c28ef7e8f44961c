//! The further settings of a source that is pushed over HTTP.

use super::{
    Problem, Problems,
    key::{Key, KeyGroup, Shape},
    table::Table,
};
use crate::signature::{Token, Verifier};
use serde_json::Value;

/// How the requests of an HTTP source are authenticated.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// By the platform's signature.
    Signed {
        /// Checks it.
        verifier: Verifier,
        /// Whether a signature is good for one body only.
        is_bound: bool,
    },
    /// Not at all: the settings have `allow_unsigned = true`.
    Unsigned,
}

/// The longest freshness window, in seconds: a day.
const MAX_FRESHNESS_SECONDS: u64 = 86_400;

/// The widest window where a signature is bound to its body. The staging queue drops another body for
/// 300 s from the first one on. A triple lives for two windows, if its sender's clock is a window
/// ahead, and a last body may be on its way to the queue for some seconds.
const MAX_BOUND_FRESHNESS_SECONDS: u32 = 120;

/// The keys of a source that is pushed.
pub(super) const KEYS: KeyGroup = KeyGroup {
    title: "Pushed over HTTP",
    keys: &[
Key::new("tokens", Shape::List { pattern: ".{16}", most: Some(2), what: "one or two texts of at least 16 characters, at least 6 of them different" }, "required", "The current token and, during a rotation, the previous one. `cargo thingrelay token` makes one. No two sources may share a token.").secret(),
Key::new("freshness_seconds", Shape::Number { from: 0, to: MAX_FRESHNESS_SECONDS }, "300, or 120 with `bind_signature`", "How far a request's timestamp may be from the clock. 0 switches the check off."),
Key::new("bind_signature", Shape::Boolean, "`false`", "Accepts only one body per signature and [drops others](decisions/bound-signatures.md). The source's messages are then processed one after the other, and `freshness_seconds` must be from 1 to 120."),
Key::new("allow_unsigned", Shape::Boolean, "`false`", "Accepts requests without a signature, from anybody who knows the URL. Cannot be combined with `tokens`."),
    ],
};

/// Reads how requests are authenticated. `found` gets the tokens, even if there are problems.
pub(super) fn read(
    table: &mut Table,
    found: &mut Vec<Token>,
    problems: &mut Problems,
) -> Option<Authentication> {
    let place = table.place("tokens");
    let place_of_window = table.place("freshness_seconds");
    let is_bound = table.boolean("bind_signature", problems).unwrap_or(false);
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
        .unwrap_or(if is_bound {
            MAX_BOUND_FRESHNESS_SECONDS
        } else {
            Verifier::DEFAULT_WINDOW_SECONDS
        });
    if is_bound && !(1..=MAX_BOUND_FRESHNESS_SECONDS).contains(&window_seconds) {
        let message =
            format!("must be from 1 to {MAX_BOUND_FRESHNESS_SECONDS} with bind_signature = true");
        problems.push(Problem::new(place_of_window, message));
    }
    let place_of_unsigned = table.place("allow_unsigned");
    let allow_unsigned = table.boolean("allow_unsigned", problems).unwrap_or(false);
    if is_bound && allow_unsigned {
        problems.push(Problem::new(
            place_of_unsigned,
            "cannot be combined with bind_signature = true",
        ));
    }
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
                    "is missing: without tokens, anybody could push to this source (allow_unsigned = true allows that)",
                ));
            }
            None
        }
        ([current, previous @ ..], _) => {
            if allow_unsigned {
                problems.push(Problem::new(
                    place,
                    "cannot be combined with allow_unsigned = true",
                ));
            }
            let verifier =
                Verifier::new(current.clone(), previous.first().cloned(), window_seconds);
            Some(Authentication::Signed { verifier, is_bound })
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
                weak.push((index, "is the same as the current token".to_owned()));
            }
            Ok(token) => tokens.push(token),
            Err(reason) => weak.push((index, reason.to_string())),
        }
    }
    Ok(tokens)
}
