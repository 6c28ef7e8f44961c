//! Removes members by their keys, at any depth, in any case and however the keys are escaped.

use super::{
    Json,
    members::{string_end, value_end},
    write,
};

/// Tells which members and texts are secrets.
#[derive(Clone, Copy)]
pub struct Rules<'r> {
    /// Whether a member of that name holds a secret.
    pub is_secret: &'r dyn Fn(&str) -> bool,
    /// Whether a text that is not JSON may hold a secret.
    pub may_hold_one: &'r dyn Fn(&str) -> bool,
}

/// The text of the value without the members whose names are secrets; `None` if there are none. The
/// rest keeps its text. The result is JSON.
///
/// JSON in strings is redacted, too. A string that is not JSON and may hold a secret becomes `""`.
/// The value at `kept` stays as it is: `kept` is its offset in bytes, preceded by the offsets of the
/// strings that contain it.
pub fn without(value: Json<'_>, rules: Rules<'_>, kept: &[usize]) -> Option<String> {
    let rest = remaining(value, rules, kept);
    (rest != value.as_str()).then_some(rest)
}

fn remaining(value: Json<'_>, rules: Rules<'_>, kept: &[usize]) -> String {
    let text = value.as_str();
    if kept == [0] {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, at_string)) = rest.find('"').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let Some((string, after)) = at_string.split_at_checked(string_end(at_string.as_bytes()))
        else {
            break;
        };
        rest = after;
        // Only a key is followed by a colon.
        let Some(at_value) = after.trim_ascii_start().strip_prefix(':') else {
            let inner = match kept.split_first() {
                Some((at, inner)) if *at == text.len() - at_string.len() => inner,
                _ => &[],
            };
            push_string(&mut out, Json::part(string), rules, inner);
            continue;
        };
        let at_value = at_value.trim_ascii_start();
        let end = value_end(at_value.as_bytes());
        let (_, after_value) = at_value.split_at_checked(end).unwrap_or_default();
        let name = Json::part(string).text_lossy();
        if name.is_some_and(|name| (rules.is_secret)(&name)) {
            let after_value = after_value.trim_ascii_start();
            rest = after_value.strip_prefix(',').unwrap_or_else(|| {
                // This was the last member, so the comma before it goes as well.
                let kept = out.trim_ascii_end();
                let kept = kept.strip_suffix(',').unwrap_or(kept).len();
                out.truncate(kept);
                after_value
            });
        } else {
            out.push_str(string);
            if kept == [text.len() - at_value.len()] {
                let length = after.len() - after_value.len();
                out.push_str(after.get(..length).unwrap_or_default());
                rest = after_value;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A string that is not a key. Each level of JSON in a string doubles the backslashes, so there are
/// few levels.
fn push_string(out: &mut String, string: Json<'_>, rules: Rules<'_>, kept: &[usize]) {
    let text = string.text_lossy().unwrap_or_default();
    let redacted = match Json::read(text.as_bytes()) {
        Some(value) => without(value, rules, kept),
        None => (rules.may_hold_one)(&text).then(String::new),
    };
    match redacted {
        Some(redacted) => write::string(out, &redacted),
        None => out.push_str(string.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_signature(name: &str) -> bool {
        name.eq_ignore_ascii_case("signature")
    }

    const RULES: Rules<'static> = Rules {
        is_secret: &is_signature,
        may_hold_one: &|text| text.contains("signature="),
    };

    #[test]
    fn listed_keys_go_and_all_else_stays() {
        let cases = [
            (r#"{"signature":"s","a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1,"signature":"s"}"#, r#"{"a":1}"#),
            (
                r#"{ "a" : 1 , "signature" : "s" , "b" : [ ] }"#,
                r#"{ "a" : 1 ,  "b" : [ ] }"#,
            ),
            (
                r#"{"d":[{"Signature":{"x":"}"},"n":9007199254740993},1.50]}"#,
                r#"{"d":[{"n":9007199254740993},1.50]}"#,
            ),
            (r#"{"\u0073ignature":"s"}"#, "{}"),
            (r#"{"\u0053IGNATUR\u0045" : [1,"]"] }"#, "{}"),
            (
                r#"{"signatures":"s","a":"signature","b":["signature"]}"#,
                r#"{"signatures":"s","a":"signature","b":["signature"]}"#,
            ),
            ("\"signature\"", "\"signature\""),
            (
                r#"{"a":{"signature":1},"signature":2,"a":3}"#,
                r#"{"a":{},"a":3}"#,
            ),
            (r#"{"a":1,"signature":1,"signature":2}"#, r#"{"a":1}"#),
            (r#"{"signature":1,"signature":2}"#, "{}"),
            (
                r#"[{"a":1,"signature":1}, {"signature":1}]"#,
                r#"[{"a":1}, {}]"#,
            ),
            (r#"{"\ud800":1,"signature":2}"#, r#"{"\ud800":1}"#),
            ("17", "17"),
            // JSON in strings.
            (
                r#"{"a":"{\"signature\":1, \"b\":2}","c":"{\"b\":\"\\u0065\"}"}"#,
                r#"{"a":"{ \"b\":2}","c":"{\"b\":\"\\u0065\"}"}"#,
            ),
            (
                r#"["[{\"a\":\"{\\\"signature\\\":{}}\"}]","{\"signature\":1"]"#,
                r#"["[{\"a\":\"{}\"}]","{\"signature\":1"]"#,
            ),
            (r#""{\"signature\":1}\u0000""#, r#""{}""#),
            (r#"["{\"signature\":{}}"]"#, r#"["{}"]"#),
            (r#"{"{\"signature\":1}":2}"#, r#"{"{\"signature\":1}":2}"#),
            // Keys and texts that are not Unicode.
            (
                r#"{"\ud800signature":1,"\\ud800signature":2}"#,
                r#"{"\\ud800signature":2}"#,
            ),
            (r#"["\uD800signature\udfff=1",2]"#, r#"["",2]"#),
            // Texts that are not JSON.
            (
                r#"{"a":"signature=1","b":["{\"c\":\"signature=1\"}","x=1"]}"#,
                r#"{"a":"","b":["{\"c\":\"\"}","x=1"]}"#,
            ),
            (r#""signature=1""#, r#""""#),
        ];
        for (json, expected) in cases {
            let redacted = without(Json::parse(json).unwrap(), RULES, &[]);
            assert_eq!(redacted.is_some(), json != expected, "{json}");
            let redacted = redacted.unwrap_or_else(|| json.to_owned());
            assert_eq!(redacted, expected);
            assert!(Json::parse(&redacted).is_some(), "{redacted}");
        }
    }

    #[test]
    fn the_member_at_a_place_stays() {
        let json = r#"{"a" : [{"signature":1}],"b":"{\"a\":[{\"signature\":1}]}"}"#;
        let cases = [
            (&[7][..], r#"{"a" : [{"signature":1}],"b":"{\"a\":[{}]}"}"#),
            (
                &[29, 5],
                r#"{"a" : [{}],"b":"{\"a\":[{\"signature\":1}]}"}"#,
            ),
            (&[5], r#"{"a" : [{}],"b":"{\"a\":[{}]}"}"#),
            (
                &[29, 0],
                r#"{"a" : [{}],"b":"{\"a\":[{\"signature\":1}]}"}"#,
            ),
            (&[29], r#"{"a" : [{}],"b":"{\"a\":[{\"signature\":1}]}"}"#),
        ];
        for (kept, expected) in cases {
            let redacted = without(Json::parse(json).unwrap(), RULES, kept);
            assert_eq!(redacted.as_deref(), Some(expected), "{kept:?}");
        }
    }

    #[test]
    fn depth_is_no_matter() {
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(50_000), "]".repeat(50_000));
        let redacted = without(
            Json::parse(&deep(r#"{"signature":1}"#)).unwrap(),
            RULES,
            &[],
        );
        assert_eq!(redacted, Some(deep("{}")));
    }
}
