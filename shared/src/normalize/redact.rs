//! How secrets are taken out of a payload: the members with their keys go, wherever they stand,
//! in whatever case and however escaped the keys are written.

use crate::json::{self, MAX_DEPTH, Members};
use serde_json::value::RawValue;

/// The value without the members whose keys, in lower case, are listed. Everything else stays the
/// text that it was, but for white space.
pub(super) fn redact(value: &RawValue, keys: &[&str]) -> Box<RawValue> {
    let mut out = String::with_capacity(value.get().len());
    write(value, keys, MAX_DEPTH + 1, &mut out);
    RawValue::from_string(out).unwrap_or_else(|_| null())
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

fn write(value: &RawValue, keys: &[&str], depth_left: usize, out: &mut String) {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        out.push_str("null");
        return;
    };
    if let Some(members) = Members::of(value) {
        out.push('{');
        let kept = members
            .iter()
            .filter(|(key, _)| !keys.contains(&key.to_lowercase().as_str()));
        for (index, (key, value)) in kept.enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&serde_json::to_string(key).unwrap_or_default());
            out.push(':');
            write(value, keys, depth_left, out);
        }
        out.push('}');
    } else if let Some(elements) = json::elements(value) {
        out.push('[');
        for (index, value) in elements.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write(value, keys, depth_left, out);
        }
        out.push(']');
    } else {
        out.push_str(value.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_keys_go_and_all_else_stays() {
        let cases = [
            (r#"{"signature":"s","a":1}"#, r#"{"a":1}"#),
            (
                r#"{"d":[{"Signature":{"x":1},"n":9007199254740993},1.50]}"#,
                r#"{"d":[{"n":9007199254740993},1.50]}"#,
            ),
            (r#"{"\u0073ignature":"s"}"#, "{}"),
            (
                r#"{"signatures":"s","a":"signature"}"#,
                r#"{"signatures":"s","a":"signature"}"#,
            ),
            ("\"signature\"", "\"signature\""),
            (
                r#"{"a":{"signature":1},"signature":2,"a":3}"#,
                r#"{"a":{},"a":3}"#,
            ),
        ];
        for (json, expected) in cases {
            let value = json::parse(json).expect("JSON");
            assert_eq!(redact(value, &["signature"]).get(), expected);
        }
    }
}
