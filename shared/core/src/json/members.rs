//! The members of objects and the elements of arrays.
//!
//! The text is known to be valid JSON, so quotes and brackets mark the end of a value.

use super::{Json, unescaped};
use memchr::memchr2;
use std::borrow::Cow;

/// The members of an object, in their order.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    rest: &'a str,
}

/// The elements of an array, in their order.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Json<'a> {
    /// The members of an object, in their order.
    pub fn members(self) -> Option<Members<'a>> {
        self.is_object().then(|| Members::of(self.0))
    }

    /// The elements of an array, in their order.
    pub fn elements(self) -> Option<Elements<'a>> {
        (self.first() == b'[').then(|| Elements::of(self.0))
    }
}

/// The key of a member, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a>(&'a str);

/// The bytes that the escape of a letter takes in addition to the letter.
const SHORTEST_ESCAPE: usize = "\\u0061".len() - 1;

impl<'a> Key<'a> {
    /// The key as JSON: a string with its quotes.
    pub fn as_json(self) -> Json<'a> {
        Json::part(self.0)
    }

    /// The key without quotes and escapes, if it is Unicode text.
    pub fn text(self) -> Option<Cow<'a, str>> {
        unescaped(self.inner())
    }

    /// Whether the key is this name of letters, digits and `_`, in any case and however it is escaped.
    pub fn is(self, name: &str) -> bool {
        let inner = self.inner();
        if inner.len() < name.len() + SHORTEST_ESCAPE {
            return inner.eq_ignore_ascii_case(name);
        }
        inner.contains('\\')
            && self
                .text()
                .is_some_and(|text| text.eq_ignore_ascii_case(name))
    }

    /// Whether the key is written exactly like this, without escapes.
    pub fn is_written(self, name: &str) -> bool {
        self.inner() == name
    }

    fn inner(self) -> &'a str {
        self.0
            .get(1..self.0.len().saturating_sub(1))
            .unwrap_or_default()
    }
}

impl<'a> Members<'a> {
    pub(super) fn of(object: &'a str) -> Self {
        Members {
            rest: object.get(1..).unwrap_or_default(),
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Key<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let at_key = self.rest.trim_ascii_start();
        let at_key = at_key
            .strip_prefix(',')
            .map_or(at_key, str::trim_ascii_start);
        if !at_key.starts_with('"') {
            return None;
        }
        let (key, rest) = at_key.split_at_checked(string_end(at_key.as_bytes()))?;
        let rest = rest
            .trim_ascii_start()
            .strip_prefix(':')?
            .trim_ascii_start();
        let (value, rest) = split_value(rest)?;
        self.rest = rest;
        Some((Key(key), value))
    }
}

impl<'a> Elements<'a> {
    pub(super) fn of(array: &'a str) -> Self {
        Elements {
            rest: array.get(1..).unwrap_or_default(),
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_ascii_start();
        let rest = rest.strip_prefix(',').map_or(rest, str::trim_ascii_start);
        if rest.is_empty() || rest.starts_with(']') {
            return None;
        }
        let (value, rest) = split_value(rest)?;
        self.rest = rest;
        Some(value)
    }
}

fn split_value(text: &str) -> Option<(Json<'_>, &str)> {
    let (value, rest) = text.split_at_checked(value_end(text.as_bytes()))?;
    (!value.is_empty()).then_some((Json::part(value), rest))
}

/// The length of the value at the beginning of the bytes.
pub(super) fn value_end(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'"') => string_end(bytes),
        Some(b'{' | b'[') => container_end(bytes),
        _ => bytes
            .iter()
            .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'))
            .unwrap_or(bytes.len()),
    }
}

/// The length of the string at the beginning of the bytes, quotes included.
pub(super) fn string_end(bytes: &[u8]) -> usize {
    // Most strings are short: checking a few bytes is faster than starting a search.
    let short = bytes.get(1..SHORT).unwrap_or_default();
    match short.iter().position(|b| matches!(b, b'"' | b'\\')) {
        Some(at) if short.get(at) == Some(&b'"') => at + 2,
        Some(at) => long_string_end(bytes, at + 1),
        None => long_string_end(bytes, 1 + short.len()),
    }
}

const SHORT: usize = 24;

fn long_string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

fn container_end(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += string_end(bytes.get(at..).unwrap_or_default());
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    /// Builds the value again from its parts.
    fn rebuilt(json: Json<'_>) -> Value {
        if let Some(members) = json.members() {
            let rebuild = |(key, value): (Key<'_>, Json<'_>)| {
                (key.text().unwrap().into_owned(), rebuilt(value))
            };
            return Value::Object(members.map(rebuild).collect());
        }
        if let Some(elements) = json.elements() {
            return Value::Array(elements.map(rebuilt).collect());
        }
        serde_json::from_str(json.as_str()).unwrap()
    }

    proptest! {
        #[test]
        fn the_parts_make_the_whole(value in value()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert_eq!(rebuilt(Json::parse(&text).unwrap()), value.clone());
            }
        }
    }
}
