//! Members taken out by their keys, wherever they stand, in whatever case and however escaped the
//! keys are written.

use super::{
    Json,
    members::{Key, string_end, value_end},
};

/// The text of the value without the members that have one of these keys. All else stays the text
/// that it was. It is JSON again.
pub fn without(value: Json<'_>, keys: &[&str]) -> String {
    let text = value.as_str();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, at_string)) = rest.find('"').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let Some((string, after)) = at_string.split_at_checked(string_end(at_string.as_bytes()))
        else {
            break;
        };
        // Only a key has a colon behind it.
        let at_value = after
            .trim_ascii_start()
            .strip_prefix(':')
            .map(str::trim_ascii_start);
        match at_value.filter(|_| keys.iter().any(|key| Key::of(string).is(key))) {
            None => {
                out.push_str(string);
                rest = after;
            }
            Some(at_value) => {
                let end = value_end(at_value.as_bytes());
                let after = at_value.get(end..).unwrap_or_default().trim_ascii_start();
                match after.strip_prefix(',') {
                    Some(next) => rest = next,
                    // It was the last member: the comma before it, if there is one, goes with it.
                    None => {
                        let kept = out.trim_ascii_end();
                        let kept = kept.strip_suffix(',').unwrap_or(kept).len();
                        out.truncate(kept);
                        rest = after;
                    }
                }
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ];
        for (json, expected) in cases {
            let redacted = without(Json::parse(json).unwrap(), &["signature"]);
            assert_eq!(redacted, expected);
            assert!(Json::parse(&redacted).is_some(), "{redacted}");
        }
    }

    #[test]
    fn depth_is_no_matter() {
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(50_000), "]".repeat(50_000));
        let redacted = without(
            Json::parse(&deep(r#"{"signature":1}"#)).unwrap(),
            &["signature"],
        );
        assert_eq!(redacted, deep("{}"));
    }
}
