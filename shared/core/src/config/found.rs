//! Describes a wrong value without showing a secret.

use super::{name::SHORTEST_TOKEN, secrets::SECRETS};
use serde_json::Value;

/// Describes the value of a key. A text that may be a secret is described and not quoted: the value
/// of a secret key, a text as long as a token, and a URL that may hold a password or a token.
pub(super) fn found(key: &str, value: &Value) -> String {
    let is_secret = SECRETS.contains(&key);
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(_) if is_secret => "a number".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) => {
            let characters = text.chars().count();
            let may_be_secret = characters >= SHORTEST_TOKEN || text.contains('@');
            if is_secret || may_be_secret && !is_plain_url(key, text) {
                let plural = if characters == 1 { "" } else { "s" };
                format!("a text of {characters} character{plural}")
            } else {
                format!("{text:?}")
            }
        }
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "a table".to_owned(),
    }
}

/// Whether the text is a URL in a key for URLs, and cannot hold a password or a token.
fn is_plain_url(key: &str, text: &str) -> bool {
    key.ends_with("url") && text.contains("://") && !text.contains(['@', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_may_be_a_secret_is_described_and_not_quoted() {
        let cases = [
            ("payload", json!("xml"), "\"xml\""),
            ("payload", json!(""), "an empty text"),
            (
                "payload",
                json!("k3J9xQ7pLm2Vt8Wz"),
                "a text of 16 characters",
            ),
            ("url", json!("wss://u:p@h"), "a text of 11 characters"),
            (
                "queue_url",
                json!("https://sqs.example.com/q"),
                "\"https://sqs.example.com/q\"",
            ),
            (
                "queue_url",
                json!("https://sqs.example.com/q?k=1"),
                "a text of 29 characters",
            ),
            (
                "payload",
                json!("https://sqs.example.com/q"),
                "a text of 25 characters",
            ),
            ("password", json!("pw"), "a text of 2 characters"),
            ("password", json!(1234), "a number"),
            ("freshness_seconds", json!(-1), "-1"),
            ("notices", json!(null), "null"),
            ("notices", json!(true), "true"),
            ("topics", json!([]), "an empty list"),
            ("tokens", json!(["k3J9xQ7pLm2Vt8Wz", 5]), "a list of 2"),
            ("tokens", json!({"a": "k3J9xQ7pLm2Vt8Wz"}), "a table"),
        ];
        for (key, value, expected) in cases {
            assert_eq!(found(key, &value), expected, "{key} {value}");
        }
    }
}
