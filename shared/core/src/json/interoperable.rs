//! Valid JSON that common parsers refuse.

use super::{Json, members::string_end};
use memchr::memmem;

/// The deepest nesting of a value: many parsers stop at 128, and an event nests a payload deeper.
pub const MAX_DEPTH: usize = 100;

/// Numbers of fewer characters and without an exponent are within the range of a double.
const MAX_DIGITS: usize = 300;

/// Numbers below this size are within the range of a double, however a parser rounds.
const MAX_NUMBER: f64 = 1e308;

impl Json<'_> {
    /// Whether every common parser reads the value: nested no deeper than [`MAX_DEPTH`], strings that
    /// are Unicode text, numbers within the range of a double.
    pub fn is_interoperable(self) -> bool {
        !is_suspect(self.as_str().as_bytes()) || is_interoperable_in_full(self)
    }
}

/// A quick check that settles nearly every value: without escapes, many brackets, exponents and
/// long numbers there is nothing to refuse.
fn is_suspect(bytes: &[u8]) -> bool {
    // The compiler vectorises these two loops.
    let brackets: usize = bytes
        .chunks(usize::from(u8::MAX))
        .map(|chunk| chunk.iter().map(|b| u8::from(b | 0x20 == b'{')).sum::<u8>())
        .map(usize::from)
        .sum();
    let next = bytes.get(1..).unwrap_or_default();
    let exponents = bytes.iter().zip(next).fold(0, |found, (digit, e)| {
        found | (u8::from(digit.wrapping_sub(b'0') < 10) & u8::from(e | 0x20 == b'e'))
    });
    brackets > MAX_DEPTH
        || exponents > 0
        || memchr::memchr(b'\\', bytes).is_some()
        // A number of MAX_DIGITS fills one of these chunks, wherever the number begins.
        || bytes
            .chunks_exact(MAX_DIGITS / 2)
            .any(|chunk| chunk.iter().all(|b| b.is_ascii_digit() || *b == b'.'))
}

fn is_interoperable_in_full(value: Json<'_>) -> bool {
    let bytes = value.as_str().as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        match byte {
            b'"' => {
                let end = string_end(rest);
                if !is_text(value.as_str().get(at..at + end).unwrap_or_default()) {
                    return false;
                }
                at += end;
            }
            b'-' | b'0'..=b'9' => {
                let end = rest
                    .iter()
                    .position(|b| !matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
                    .unwrap_or(rest.len());
                if !is_in_range(value.as_str().get(at..at + end).unwrap_or_default()) {
                    return false;
                }
                at += end;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return false;
                }
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            _ => at += 1,
        }
    }
    true
}

/// Whether a string is Unicode text. Only `\u` escapes can make it anything else.
fn is_text(string: &str) -> bool {
    memchr::memchr(b'\\', string.as_bytes()).is_none()
        || memmem::find(string.as_bytes(), b"\\u").is_none()
        || serde_json::from_str::<String>(string).is_ok()
}

fn is_in_range(number: &str) -> bool {
    let small = number.len() < MAX_DIGITS && !number.contains(['e', 'E']);
    small
        || number
            .parse::<f64>()
            .is_ok_and(|number| number.abs() < MAX_NUMBER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn portable_is_what_every_parser_reads() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let cases = [
            ("{\"a\":[1,2.5e3,null,true,\"x\\u00e9\"]}".to_owned(), true),
            ("9007199254740993".to_owned(), true),
            ("123456789012345678901234567890".to_owned(), true),
            ("1e-400".to_owned(), true),
            ("1e400".to_owned(), false),
            ("[-1E400]".to_owned(), false),
            ("1e99999999999999999999".to_owned(), false),
            ("0e99999999999999999999".to_owned(), true),
            ("\"1e400\"".to_owned(), true),
            ("9".repeat(400), false),
            (format!("[1,{}.5]", "9".repeat(310)), false),
            (format!("[1,{}.5]", "9".repeat(280)), true),
            ("\"\\ud800\"".to_owned(), false),
            ("\"\\\\ud800\"".to_owned(), true),
            ("\"\\ud83d\\ude00\"".to_owned(), true),
            ("{\"\\udc00\":1}".to_owned(), false),
            (nested(100), true),
            (nested(101), false),
            (nested(100_000), false),
            ("[[],".repeat(90) + "[]" + &"]".repeat(90), true),
            (format!("\"{}\"", "[".repeat(200)), true),
        ];
        for (json, expected) in cases {
            let value = Json::parse(&json).unwrap();
            assert_eq!(is_interoperable_in_full(value), expected);
            assert_eq!(
                value.is_interoperable(),
                expected,
                "{}",
                &json[..json.len().min(60)]
            );
        }
    }

    proptest! {
        #[test]
        fn the_quick_look_overlooks_nothing(text in "[\\[\\]{}\":, \\\\u0d8e1+.-]{0,30}", long in "[0-9.]{280,320}") {
            for text in [text, long] {
                if let Some(value) = Json::parse(&text) {
                    prop_assert_eq!(value.is_interoperable(), is_interoperable_in_full(value));
                }
            }
        }

        #[test]
        fn what_is_portable_is_read(text in "[\\[\\]{}\":, \\\\u0d8e1+.-]{0,30}") {
            if let Some(value) = Json::parse(&text).filter(|value| value.is_interoperable()) {
                let read = serde_json::from_str::<serde_json::Value>(value.as_str());
                prop_assert!(read.is_ok(), "{:?}", read);
            }
        }
    }
}
