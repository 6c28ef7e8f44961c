//! Bodies of Tencent Cloud, pushed over HTTP: envelopes, topics, payloads, custom push.
use std::borrow::Cow;
use std::sync::LazyLock;

use crate::input;
use crate::staging::{Staging, one_id_has_one_content, stage};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use thingrelay_core::source::{Platform, SourceName};
use thingrelay_core::staged::{Incoming, Transport};
use thingrelay_core::tencent;
use thingrelay_core::timestamp::Timestamp;

static SOURCE: LazyLock<SourceName> = LazyLock::new(|| SourceName::parse("meters").unwrap());

/// Topics whose payloads may hold secrets.
const SECRET_TOPICS: [&str; 6] = [
    "$gateway/operation/P1/gw-1",
    "$thing/up/service/P1/meter-7",
    "$resource/up/service/P1/meter-7",
    "$ota/update/P1/meter-7",
    "$config/operation/P1/meter-7",
    "$brand/new/P1/meter-7",
];

const SECRET: &str = "Xyzzy-4711-Plugh";

/// Checks an input.
pub fn check(input: &[u8]) {
    let (body, edited) = input::pair(input);
    let first = pushed(b"signature-1", &body);
    let second = pushed(b"signature-1", &edited);
    one_id_has_one_content(&first, &second);
    // The next try of the platform, signed again.
    let again = pushed(b"signature-2", &body);
    assert_eq!(first.group, again.group);
    one_id_has_one_content(&first, &again);
    secrets_stay_inside(&body);
}

fn pushed(signature: &[u8], body: &[u8]) -> Staging {
    stage(Incoming {
        identified: tencent::identify(&SOURCE, signature, body),
        source: &SOURCE,
        platform: Platform::TencentIotExplorer,
        received: Timestamp::from_unix_millis(1_750_000_000_123),
        transport: Transport::Http,
        error: None,
        original: Cow::Borrowed(body),
    })
}

/// Puts a secret into the document, and publishes it on a topic whose secrets are left out.
fn secrets_stay_inside(document: &[u8]) {
    let Ok(mut payload) = serde_json::from_slice::<Value>(document) else {
        return;
    };
    if document
        .windows(5)
        .any(|part| part == &SECRET.as_bytes()[..5])
        || !hide(&mut payload)
    {
        return;
    }
    let text = payload.to_string();
    let topic = SECRET_TOPICS[document.len() % SECRET_TOPICS.len()];
    for payload in [payload, text.clone().into(), BASE64.encode(&text).into()] {
        let body = json!({
            "devicename": "meter-7", "productid": "P1", "topic": topic,
            "payload": payload, "seq": 1, "timestamp": 1_750_000_000,
        });
        let staging = pushed(b"signature", body.to_string().as_bytes());
        for event in staging.events.iter().flatten().flatten() {
            let json = &event.json;
            assert!(!json.contains(SECRET), "a secret on {topic}: {json}");
        }
    }
}

/// Adds a member that is a secret to each object.
fn hide(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let inner: Vec<bool> = members.values_mut().map(hide).collect();
            let name = ["signature", "device_secret", "accessToken", "psk"][inner.len() % 4];
            members.insert(name.to_owned(), SECRET.into());
            true
        }
        Value::Array(elements) => elements
            .iter_mut()
            .map(hide)
            .fold(false, |any, it| any | it),
        _ => false,
    }
}
