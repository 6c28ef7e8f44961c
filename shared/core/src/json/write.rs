//! Writes JSON on one line, only with characters that SQS accepts.

use super::{Json, Scalar};
use crate::timestamp::Timestamp;
use memchr::memchr3;

/// An object that is being written, one member after the other.
#[derive(Debug)]
pub struct ObjectWriter<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> ObjectWriter<'o> {
    /// Begins an object.
    pub fn begin(out: &'o mut String) -> Self {
        out.push('{');
        ObjectWriter {
            out,
            is_empty: true,
        }
    }

    /// Writes the key of the next member and returns the output for its value. The key needs no
    /// escapes.
    pub fn member(&mut self, key: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    /// Writes a member that is a text.
    pub fn text(&mut self, key: &str, text: &str) {
        string(self.member(key), text);
    }

    /// Writes a member that is a text, if there is one.
    pub fn maybe_text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// Writes a member that is a value as it came, if there is one.
    pub fn maybe_json(&mut self, key: &str, value: Option<Json<'_>>) {
        if let Some(json) = value {
            value_of(self.member(key), json);
        }
    }

    /// Writes a member that is a number or a text, if there is one.
    pub fn maybe_scalar(&mut self, key: &str, scalar: Option<&Scalar<'_>>) {
        match scalar {
            Some(Scalar::Number(number)) => self.member(key).push_str(number),
            Some(Scalar::Text(text)) => self.text(key, text),
            None => {}
        }
    }

    /// Writes a member that is a text without characters that need escapes.
    pub fn plain(&mut self, key: &str, word: &str) {
        let out = self.member(key);
        out.push('"');
        out.push_str(word);
        out.push('"');
    }

    /// Writes a member that is a point in time.
    pub fn time(&mut self, key: &str, time: Timestamp) {
        self.plain(key, time.to_text().as_str());
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push('}');
    }
}

/// Writes a text as a string.
pub fn string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some((plain, from)) = rest
        .bytes()
        .position(|byte| SUSPECT[usize::from(byte)])
        .and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(plain);
        let mut characters = from.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(character @ ('\0'..' ' | '\u{FFFE}' | '\u{FFFF}')) => {
                unicode_escape(out, u32::from(character));
            }
            Some(character) => out.push(character),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// The first bytes, in UTF-8, of the characters that have to be escaped: U+FFFE and U+FFFF begin
/// with EF.
const SUSPECT: [bool; 256] = {
    let mut suspect = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        suspect[byte] = true;
        byte += 1;
    }
    suspect[b'"' as usize] = true;
    suspect[b'\\' as usize] = true;
    suspect[0xEF] = true;
    suspect
};

/// Writes a value as it came, with two changes. Line breaks are removed: in JSON they only separate
/// tokens that are separate anyway. U+FFFE and U+FFFF are escaped, as SQS refuses them.
pub fn value_of(out: &mut String, value: Json<'_>) {
    let mut rest = value.as_str();
    // The first bytes of the characters that have to be removed or escaped.
    while let Some((before, from)) =
        memchr3(b'\n', b'\r', 0xEF, rest.as_bytes()).and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(before);
        let mut characters = from.chars();
        match characters.next() {
            None | Some('\n' | '\r') => {}
            Some(character @ ('\u{FFFE}' | '\u{FFFF}')) => {
                unicode_escape(out, u32::from(character));
            }
            Some(character) => out.push(character),
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

fn unicode_escape(out: &mut String, unit: u32) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit((unit >> shift) & 0xF, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staged::sqs_takes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_reads_back(text in any::<String>()) {
            for text in [text.clone(), format!("{text}\u{FFFE}\n\r\t\u{1}{text}\u{FFFF}ｘ\"\\")] {
                let mut out = String::new();
                string(&mut out, &text);
                prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
                prop_assert!(sqs_takes(&out) && !out.contains(['\n', '\r']));
            }
        }

        #[test]
        fn any_value_reads_back(texts in prop::collection::vec(any::<String>(), 0..4), end in "[\u{FFFD}-\u{FFFF}ｘa]{0,4}") {
            let value = serde_json::json!([{"a": texts, "b": end}]);
            let text = serde_json::to_string_pretty(&value).unwrap();
            let mut out = String::new();
            value_of(&mut out, Json::parse(&text).unwrap());
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), value);
            prop_assert!(sqs_takes(&out) && !out.contains(['\n', '\r']));
        }
    }
}
