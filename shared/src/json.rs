//! JSON read without taking it apart further than asked: values stay the text that came, so that
//! numbers keep every digit.

use memchr::{memchr, memchr2, memchr2_iter, memmem};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// How deep a value may be nested before it is passed on as text: many parsers stop at 128.
pub const MAX_DEPTH: usize = 100;

/// The members of an object in their order, keys as they are, values as they came.
#[derive(Debug)]
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The members, if the value is an object whose keys can be read.
    pub fn of(value: &'a RawValue) -> Option<Members<'a>> {
        if !value.get().starts_with('{') {
            return None;
        }
        serde_json::from_str(value.get()).ok()
    }

    /// The value of a key, spelled exactly so. Of repeated keys the last counts.
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| *value)
    }

    /// The value of a key that is no `null`.
    pub fn some(&self, key: &str) -> Option<&'a RawValue> {
        self.get(key).filter(|value| value.get() != "null")
    }

    /// All members.
    pub fn iter(&self) -> impl Iterator<Item = &(Cow<'a, str>, &'a RawValue)> {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(Key(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// The elements of an array, as they came; nothing if the value is no array.
pub fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    if !value.get().starts_with('[') {
        return None;
    }
    serde_json::from_str(value.get()).ok()
}

/// A string without its quotes and escapes, or a number as it is written; nothing for any other
/// value, and for a string that is no Unicode text.
pub fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let raw = value.get();
    match raw.as_bytes().first()? {
        b'"' => {
            let inner = raw.get(1..raw.len().checked_sub(1)?)?;
            if memchr(b'\\', inner.as_bytes()).is_none() {
                return Some(Cow::Borrowed(inner));
            }
            serde_json::from_str::<String>(raw).ok().map(Cow::Owned)
        }
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(raw)),
        _ => None,
    }
}

/// An integer, written as a number or as a string; a fraction is cut off.
pub fn integer(value: &RawValue) -> Option<i64> {
    let text = text(value)?;
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        // Beyond 2^53 a float names no exact integer; no time and no percentage is there.
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        (number.abs() < 9e15).then_some(number.trunc() as i64)
    })
}

/// JSON text as one value, or nothing if it is no JSON.
pub fn parse(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

/// The text without line breaks. In JSON a line break never stands in a string and never keeps two
/// tokens apart, so nothing is lost, and an event stays one line.
pub fn on_one_line(json: &str) -> Cow<'_, str> {
    if memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        return Cow::Borrowed(json);
    }
    Cow::Owned(json.chars().filter(|c| !matches!(c, '\n' | '\r')).collect())
}

/// Whether every common parser reads the value: nested no deeper than [`MAX_DEPTH`], strings that
/// are Unicode text, numbers within the range of a double.
pub fn is_portable(value: &RawValue) -> bool {
    let bytes = value.get().as_bytes();
    // A look at the bytes settles nearly every value; only a suspect is read in full.
    let exponent = |at: &usize| {
        at.checked_sub(1)
            .and_then(|at| bytes.get(at))
            .is_some_and(|b| b.is_ascii_digit())
    };
    let suspect = bytes.len() > 308
        || memchr2_iter(b'{', b'[', bytes).count() > MAX_DEPTH
        || memmem::find(bytes, b"\\u").is_some()
        || memchr2_iter(b'e', b'E', bytes).any(|at| exponent(&at));
    if !suspect {
        return true;
    }
    let mut deserializer = serde_json::Deserializer::from_str(value.get());
    Portable {
        depth_left: MAX_DEPTH,
    }
    .deserialize(&mut deserializer)
    .is_ok()
}

/// A key of an object: borrowed where it has no escapes.
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Reads a value in full and keeps nothing.
#[derive(Clone, Copy)]
struct Portable {
    depth_left: usize,
}

impl Portable {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("too deep"))?;
        Ok(Portable { depth_left })
    }
}

impl<'de> DeserializeSeed<'de> for Portable {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Portable {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while map.next_key::<Key<'de>>()?.is_some() {
            map.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// Whether the text is JSON of any kind.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portable_is_what_every_parser_reads() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let cases = [
            ("{\"a\":[1,2.5e3,null,true,\"x\\u00e9\"]}".to_owned(), true),
            ("9007199254740993".to_owned(), true),
            ("123456789012345678901234567890".to_owned(), true),
            ("1e400".to_owned(), false),
            ("\"1e400\"".to_owned(), true),
            ("9".repeat(400), false),
            ("\"\\ud800\"".to_owned(), false),
            ("\"\\ud83d\\ude00\"".to_owned(), true),
            ("{\"\\udc00\":1}".to_owned(), false),
            (nested(100), true),
            (nested(101), false),
            (nested(100_000), false),
            ("[[],".repeat(90) + "[]" + &"]".repeat(90), true),
        ];
        for (json, expected) in cases {
            let value = parse(&json).expect("JSON by its grammar");
            assert_eq!(
                is_portable(value),
                expected,
                "{}",
                &json[..json.len().min(60)]
            );
        }
    }

    #[test]
    fn texts_and_integers() {
        let cases = [
            ("\"a\"", Some("a"), None),
            ("\"a\\u00e9\\n\"", Some("aé\n"), None),
            ("\"12\"", Some("12"), Some(12)),
            ("12", Some("12"), Some(12)),
            ("12.9", Some("12.9"), Some(12)),
            ("1e3", Some("1e3"), Some(1000)),
            ("1e30", Some("1e30"), None),
            ("-0", Some("-0"), Some(0)),
            ("null", None, None),
            ("{}", None, None),
            ("\"\\ud800\"", None, None),
        ];
        for (json, expected, number) in cases {
            let value = parse(json).expect("JSON");
            assert_eq!(text(value).as_deref(), expected, "{json}");
            assert_eq!(integer(value), number, "{json}");
        }
    }
}
