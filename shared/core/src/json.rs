//! JSON values, kept as the text that came, so that numbers keep every digit.
//!
//! `serde_json` checks a text against the grammar once. After that, members and elements are found
//! by scanning for quotes and brackets, without recursion and without a copy.
//!
//! # Layout
//!
//! * [`members`]: the members of objects and the elements of arrays.
//! * [`interoperable`]: valid JSON that common parsers refuse.
//! * [`redact`]: removes members by their keys.
//! * [`write`](mod@write): writes texts and values on one line.

pub mod interoperable;
pub mod members;
pub mod redact;
pub mod write;

use memchr::memchr;
use serde_json::value::RawValue;
use std::borrow::Cow;

pub use members::{Elements, Key, Members};

/// The mark that some encoders write before UTF-8.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// A JSON value: its text, without white space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// `{}`.
    pub const EMPTY_OBJECT: Json<'static> = Json("{}");

    /// The text as a value, if it is valid JSON. The depth of nesting is not limited.
    pub fn parse(text: &'a str) -> Option<Json<'a>> {
        let value: &RawValue = serde_json::from_str(text).ok()?;
        Some(Json(value.get()))
    }

    /// Reads a document. Skips a byte order mark before it (some encoders write one) and NULs after it
    /// (programs in C send them), with white space around them.
    pub fn read(bytes: &'a [u8]) -> Option<Json<'a>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.trim_ascii_start();
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        Json::parse(text.trim_end_matches(|c: char| c == '\0' || c.is_ascii_whitespace()))
    }

    /// A part of a text that was parsed.
    fn part(text: &'a str) -> Json<'a> {
        Json(text)
    }

    pub fn as_str(self) -> &'a str {
        self.0
    }

    fn first(self) -> u8 {
        self.0.as_bytes().first().copied().unwrap_or_default()
    }

    pub fn is_null(self) -> bool {
        self.first() == b'n'
    }

    pub fn is_object(self) -> bool {
        self.first() == b'{'
    }

    pub fn is_string(self) -> bool {
        self.first() == b'"'
    }

    pub fn is_number(self) -> bool {
        matches!(self.first(), b'-' | b'0'..=b'9')
    }

    /// The values of an object's members with these names, in any case. `null` counts as absent. Of
    /// several members with one name the last counts.
    pub fn pick<const N: usize>(self, names: [&str; N]) -> [Option<Json<'a>>; N] {
        let mut picked = [None; N];
        for (key, value) in self.members().into_iter().flatten() {
            for (name, place) in names.iter().zip(picked.iter_mut()) {
                if key.is(name) && !value.is_null() {
                    *place = Some(value);
                }
            }
        }
        picked
    }

    /// A string without its quotes and escapes, or a number as it is written. `None` for any other
    /// value, and for a string that is not Unicode text.
    pub fn text(self) -> Option<Cow<'a, str>> {
        if self.is_number() {
            return Some(Cow::Borrowed(self.0));
        }
        unescaped(self.0.strip_prefix('"')?.strip_suffix('"')?)
    }

    /// A string without its quotes, its escapes, and anything that is not Unicode text.
    pub fn text_lossy(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        unescaped(inner).or_else(|| Some(Cow::Owned(unescaped_lossy(inner))))
    }

    /// The offset of this value in a value that contains it, in bytes.
    pub fn offset_in(self, whole: Json<'_>) -> Option<usize> {
        let offset = self
            .0
            .as_ptr()
            .addr()
            .checked_sub(whole.0.as_ptr().addr())?;
        (offset + self.0.len() <= whole.0.len()).then_some(offset)
    }

    /// The same as [`Json::text`], but `None` for an empty string.
    pub fn non_empty_text(self) -> Option<Cow<'a, str>> {
        self.text().filter(|text| !text.is_empty())
    }
}

/// A number or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// A number that common parsers read, digit for digit.
    Number(Cow<'a, str>),
    /// Any other text.
    Text(Cow<'a, str>),
}

impl<'a> Scalar<'a> {
    /// Keeps the type: a number stays a number, a string a string. `None` for other values and the
    /// empty string.
    pub fn of(value: Json<'a>) -> Option<Scalar<'a>> {
        let text = value.non_empty_text()?;
        Some(if value.is_number() && value.is_interoperable() {
            Scalar::Number(text)
        } else {
            Scalar::Text(text)
        })
    }

    /// Reads a number also from a string. `None` for other values and the empty string.
    pub fn numeric(value: Json<'a>) -> Option<Scalar<'a>> {
        let text = value.non_empty_text()?;
        let is_number =
            Json::parse(&text).is_some_and(|it| it.is_number() && it.is_interoperable());
        Some(if is_number {
            Scalar::Number(text)
        } else {
            Scalar::Text(text)
        })
    }

    /// The scalar, if it is a number.
    pub fn number(self) -> Option<Scalar<'a>> {
        matches!(self, Scalar::Number(_)).then_some(self)
    }
}

/// The text between the quotes of a string, if it is Unicode text.
fn unescaped(inner: &str) -> Option<Cow<'_, str>> {
    if memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    let mut quoted = String::with_capacity(inner.len() + 2);
    quoted.push('"');
    quoted.push_str(inner);
    quoted.push('"');
    serde_json::from_str(&quoted).ok().map(Cow::Owned)
}

/// The same, without the escapes of surrogates: a surrogate may lack its other half.
fn unescaped_lossy(inner: &str) -> String {
    let mut kept = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        kept.push_str(before);
        let is_surrogate = matches!(
            escape.as_bytes(),
            [
                b'\\',
                b'u',
                b'd' | b'D',
                b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F',
                ..,
            ]
        );
        let length = if is_surrogate { "\\ud800" } else { "\\n" }.len();
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        if !is_surrogate {
            kept.push_str(escape);
        }
        rest = after;
    }
    kept.push_str(rest);
    unescaped(&kept).map(Cow::into_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_scalars() {
        let cases = [
            ("\"a\"", Some("a"), Some("text a"), Some("text a")),
            (
                "\"a\\u00e9\\n\"",
                Some("aé\n"),
                Some("text aé\n"),
                Some("text aé\n"),
            ),
            ("\"12\"", Some("12"), Some("text 12"), Some("number 12")),
            ("12", Some("12"), Some("number 12"), Some("number 12")),
            (
                "1.50",
                Some("1.50"),
                Some("number 1.50"),
                Some("number 1.50"),
            ),
            ("\"007\"", Some("007"), Some("text 007"), Some("text 007")),
            (
                "1e400",
                Some("1e400"),
                Some("text 1e400"),
                Some("text 1e400"),
            ),
            ("\"\"", Some(""), None, None),
            ("null", None, None, None),
            ("true", None, None, None),
            ("{}", None, None, None),
            ("\"\\ud800\"", None, None, None),
        ];
        let shown = |scalar: Option<Scalar<'_>>| {
            scalar.map(|scalar| match scalar {
                Scalar::Number(text) => format!("number {text}"),
                Scalar::Text(text) => format!("text {text}"),
            })
        };
        for (json, text, as_is, numeric) in cases {
            let value = Json::parse(json).unwrap();
            assert_eq!(value.text().as_deref(), text, "{json}");
            assert_eq!(shown(Scalar::of(value)).as_deref(), as_is, "{json}");
            assert_eq!(shown(Scalar::numeric(value)).as_deref(), numeric, "{json}");
        }
    }

    #[test]
    fn halves_of_surrogates_are_passed_over() {
        let cases = [
            (r#""a""#, Some("a")),
            (r#""\ud83d\ude00""#, Some("\u{1f600}")),
            (r#""\ud800a\n\uDFFF""#, Some("a\n")),
            (r#""\\ud800\ud800""#, Some("\\ud800")),
            (r#""\ud800\u0061\ud7ff""#, Some("a\u{d7ff}")),
            ("1", None),
        ];
        for (json, text) in cases {
            let value = Json::parse(json).unwrap();
            assert_eq!(value.text_lossy().as_deref(), text, "{json}");
        }
    }

    #[test]
    fn documents_are_read_with_what_encoders_put_around_them() {
        for bytes in [
            &b"[1]"[..],
            b"\xef\xbb\xbf[1]",
            b"\xef\xbb\xbf [1]\r\n",
            b"[1]\0",
            b"[1]\0\n",
            b"[1]\0\r\n\0 ",
            b" \r\n\xef\xbb\xbf[1]",
            b"\xef\xbb\xbf[1]\n\0\0",
        ] {
            assert_eq!(Json::read(bytes), Json::parse("[1]"), "{bytes:?}");
        }
        for bytes in [
            &b""[..],
            b"\xef\xbb\xbf",
            b"\xef\xbb[1]",
            b"\xff\xfe[\x001\0]\0",
            b"\0[1]",
            b"[1\0]",
            b"\xef\xbb\xbf\xef\xbb\xbf[1]",
        ] {
            assert_eq!(Json::read(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn members_are_picked_in_any_spelling() {
        let object = Json::parse(
            r#" {"a":1,"A":{"b":[2]},"\u0062":"x","c":null,"\ud800":3,"d":"}],:\"","e":4} "#,
        )
        .unwrap();
        let [a, b, c, d, e] = object.pick(["a", "b", "c", "d", "E"]);
        let text = |value: Option<Json<'static>>| value.map(Json::as_str);
        assert_eq!(text(a), Some(r#"{"b":[2]}"#));
        assert_eq!(text(b), Some("\"x\""));
        assert_eq!(text(c), None);
        assert_eq!(text(d), Some(r#""}],:\"""#));
        assert_eq!(text(e), Some("4"));
        assert_eq!(Json::parse("[1]").unwrap().pick(["a"]), [None]);
    }
}
