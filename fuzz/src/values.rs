//! The small parsers that the others rest on: JSON by its text, held against serde_json; base64,
//! times, URLs, names.
use crate::input;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};
use std::fmt;
use thingrelay_core::event::subject::subject;
use thingrelay_core::json::redact::{Rules, without};
use thingrelay_core::json::{Json, Scalar, write};
use thingrelay_core::lenient_base64;
use thingrelay_core::queue_url::QueueUrl;
use thingrelay_core::source::SourceName;
use thingrelay_core::tencent::{Topic, TopicFamily};
use thingrelay_core::timestamp::Timestamp;
use thingrelay_core::tuya::{AccessId, AccessKey, Endpoint};

/// Checks an input.
pub fn check(input: &[u8]) {
    let (bytes, edited) = input::pair(input);
    documents(&bytes);
    let (Ok(text), Ok(edited)) = (std::str::from_utf8(&bytes), std::str::from_utf8(&edited)) else {
        return;
    };
    strings(text);
    base64_is_read_back(text);
    times(text);
    names_and_urls(text);
    subjects(text, edited);
}

/// JSON by its text, held against serde_json.
fn documents(bytes: &[u8]) {
    let json = Json::read(bytes);
    if let Ok(raw) = serde_json::from_slice::<&RawValue>(bytes) {
        assert_eq!(json.map(Json::as_str), Some(raw.get()));
    }
    let Some(json) = json else {
        return;
    };
    assert!(serde_json::from_str::<&RawValue>(json.as_str()).is_ok());
    if json
        .as_str()
        .bytes()
        .filter(|byte| matches!(byte, b'[' | b'{'))
        .count()
        < 500
    {
        same_parts(json);
    }
    let is_interoperable = json.is_interoperable();
    let value = serde_json::from_str::<Value>(json.as_str());
    assert!(!is_interoperable || value.is_ok(), "common parsers read it");
    if let (true, Ok(value)) = (is_interoperable, &value) {
        let mut out = String::new();
        write::value_of(&mut out, json);
        assert!(!out.contains(['\n', '\r', '\u{fffe}', '\u{ffff}']));
        assert_eq!(
            serde_json::from_str::<Value>(&out).as_ref().ok(),
            Some(value)
        );
        redacted(json, value);
    }
}

/// Members and elements are those of serde_json, at any depth.
fn same_parts(json: Json<'_>) {
    let text = json.as_str();
    if let Ok(InOrder(expected)) = serde_json::from_str::<InOrder<'_>>(text) {
        let members: Vec<_> = json.members().expect("an object").collect();
        assert_eq!(members.len(), expected.len());
        for ((key, value), (name, raw)) in members.iter().zip(&expected) {
            assert_eq!(key.text().as_deref(), Some(name.as_str()));
            assert_eq!(value.as_str(), raw.get());
            if name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !name.is_empty()
            {
                assert!(key.is(name) && key.is(&name.to_ascii_uppercase()));
            }
            assert!(value.offset_in(json).is_some());
            same_parts(*value);
        }
        for (name, _) in &expected {
            if name.is_ascii()
                && !name.contains(|c: char| !c.is_ascii_alphanumeric())
                && !name.is_empty()
            {
                let last = expected
                    .iter()
                    .rfind(|(other, raw)| other.eq_ignore_ascii_case(name) && raw.get() != "null");
                assert_eq!(
                    json.pick([name])[0].map(Json::as_str),
                    last.map(|(_, raw)| raw.get())
                );
            }
        }
    }
    if let Ok(expected) = serde_json::from_str::<Vec<&RawValue>>(text) {
        let elements: Vec<Json<'_>> = json.elements().expect("an array").collect();
        assert!(
            elements
                .iter()
                .map(|it| it.as_str())
                .eq(expected.iter().map(|raw| raw.get()))
        );
        elements.into_iter().for_each(same_parts);
    }
    let string = serde_json::from_str::<String>(text).ok();
    if json.is_string() {
        assert_eq!(json.text().as_deref(), string.as_deref());
        let lossy = json.text_lossy().expect("a string");
        assert!(string.is_none_or(|string| string == lossy));
    }
    if let Some(Scalar::Number(number)) = Scalar::of(json) {
        assert!(serde_json::from_str::<serde_json::Number>(&number).is_ok());
    }
}

/// An object's members in their order.
struct InOrder<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for InOrder<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Members).map(InOrder)
    }
}

/// No member is left whose name is a secret's, and no other is gone.
fn redacted(json: Json<'_>, value: &Value) {
    let is_secret = |name: &str| name.to_ascii_lowercase().contains("e");
    let may_hold_one = |_: &str| false;
    let rules = Rules {
        is_secret: &is_secret,
        may_hold_one: &may_hold_one,
    };
    let rest = without(json, rules, &[]);
    let shown = rest.as_deref().unwrap_or(json.as_str());
    let shown = Json::parse(shown).expect("what is left is JSON");
    assert_eq!(
        without(shown, rules, &[]),
        None,
        "nothing is left to remove"
    );
    if !has_json_in_strings(value) {
        let mut expected = value.clone();
        remove(&mut expected, &is_secret);
        assert_eq!(
            serde_json::from_str::<Value>(shown.as_str()).ok(),
            Some(expected)
        );
    }
}

fn has_json_in_strings(value: &Value) -> bool {
    match value {
        Value::String(text) => Json::read(text.as_bytes()).is_some(),
        Value::Array(elements) => elements.iter().any(has_json_in_strings),
        Value::Object(members) => members.values().any(has_json_in_strings),
        _ => false,
    }
}

fn remove(value: &mut Value, is_secret: &dyn Fn(&str) -> bool) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !is_secret(name));
            members
                .values_mut()
                .for_each(|value| remove(value, is_secret));
        }
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|value| remove(value, is_secret)),
        _ => {}
    }
}

fn strings(text: &str) {
    let mut out = String::new();
    write::string(&mut out, text);
    assert_eq!(
        serde_json::from_str::<String>(&out).ok().as_deref(),
        Some(text)
    );
    assert!(thingrelay_core::staged::sqs_takes(&out));
}

fn base64_is_read_back(text: &str) {
    if let Some(bytes) = lenient_base64::decode(text) {
        let written = STANDARD.encode(&bytes);
        assert_eq!(lenient_base64::decode(&written), Some(bytes.clone()));
        assert_eq!(
            lenient_base64::decode(&URL_SAFE_NO_PAD.encode(&bytes)),
            Some(bytes)
        );
        let plain = |text: &str| -> String {
            let kept = text
                .chars()
                .filter(|c| !c.is_ascii_whitespace() && *c != '=');
            kept.map(|c| match c {
                '-' => '+',
                '_' => '/',
                c => c,
            })
            .collect()
        };
        assert_eq!(plain(text), plain(&written), "one text for the bytes");
    }
    let encoded = STANDARD.encode(text);
    assert_eq!(
        lenient_base64::decode(&encoded).as_deref(),
        Some(text.as_bytes())
    );
}

fn times(text: &str) {
    for time in [
        Timestamp::from_platform_number(text),
        Timestamp::from_platform_text(text, 8 * 3600),
        Timestamp::from_platform_text(text, -3600),
    ]
    .into_iter()
    .flatten()
    {
        assert_eq!(time.plausible(), Some(time));
        assert_eq!(
            Timestamp::from_platform_text(&time.to_string(), 3600),
            Some(time)
        );
        let number = time.unix_millis().to_string();
        let read = Timestamp::from_platform_number(&number);
        assert!(read == Some(time) || number.len() == 12);
    }
    if let Ok(millis) = text.trim().parse::<i64>() {
        let shown = Timestamp::from_unix_millis(millis).to_string();
        assert!(
            shown.ends_with('Z') && (shown.len() == 20 || shown.len() == 24),
            "{shown}"
        );
    }
}

fn names_and_urls(text: &str) {
    if let Some(url) = QueueUrl::parse(text) {
        assert_eq!(url.as_str(), text);
        assert!(url.path().ends_with(url.name()), "{text}");
        let whole = format!("{}{}", url.origin(), url.path());
        assert!(whole.eq_ignore_ascii_case(text), "{text}");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        assert!(url.name().bytes().all(is_plain), "{text}");
        assert!(!url.name().is_empty());
    }
    if let Ok(endpoint) = Endpoint::parse(text) {
        assert_eq!(
            Endpoint::parse(&endpoint.origin())
                .as_ref()
                .map(Endpoint::origin),
            Ok(endpoint.origin())
        );
    }
    if let Some(name) = SourceName::parse(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Some(id) = AccessId::parse(text) {
        assert_eq!(id.as_str(), text);
    }
    if let Some(key) = AccessKey::parse(text) {
        assert!(!format!("{key:?}").contains(text));
    }
    let topic = Topic::parse(text);
    if let Some((product, device)) = topic.device {
        assert!(!product.is_empty() && !device.is_empty());
        assert!(text.contains(&format!("/{product}/{device}")));
    }
    assert_eq!(topic.device.is_none(), topic.family == TopicFamily::Custom);
}

/// No two devices share a subject.
fn subjects(one: &str, other: &str) {
    let names = |text: &'_ str| -> (String, String) {
        let (product, device) = text.split_once('\n').unwrap_or((text, ""));
        (product.to_owned(), device.to_owned())
    };
    let (one, other) = (names(one), names(other));
    let of = |(product, device): &(String, String)| subject(Some(product), device);
    assert_eq!(of(&one) == of(&other), one == other);
    assert_eq!(of(&one).matches('/').count(), 1);
    assert!(!of(&one).chars().any(char::is_control));
}
