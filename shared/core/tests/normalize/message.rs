//! Messages as the platforms push them, with made-up products and devices, and their events.

use crate::schema::checked;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use std::borrow::Cow;
use thingrelay_core::{
    normalize::{NormalizeError, OutgoingEvent, normalize},
    source::{Decoding, PayloadFormat, Platform, SourceName},
    staged::{Staged, Transport},
    tencent::identify,
    timestamp::Timestamp,
};

/// 2026-11-21T04:00:00.250Z.
pub(crate) const RECEIVED: &str = "2026-11-21T04:00:00.250Z";
const RECEIVED_MILLIS: i64 = 1_795_233_600_250;

/// Unix seconds of 2026-11-21T03:59:58Z: when the platform forwarded the message.
pub(crate) const FORWARDED: u64 = 1_795_233_598;
pub(crate) const FORWARDED_SHOWN: &str = "2026-11-21T03:59:58Z";

pub(crate) const BASE64_PRODUCT: Decoding = Decoding {
    payload: PayloadFormat::Base64,
    utc_offset_seconds: 8 * 3600,
};

/// The HTTP envelope of device `meter-7` of the product `P1`, around a payload of raw JSON.
pub(crate) fn http(topic: &str, payload: &str) -> String {
    format!(
        r#"{{"devicename":"meter-7","payload":{payload},"productid":"P1","seq":12,"timestamp":{FORWARDED},"topic":"{topic}"}}"#
    )
}

/// The queue envelope of the same device, around any bytes. `Time` is 03:59:57 in UTC.
pub(crate) fn queue(topic: &str, payload: &[u8]) -> String {
    json!({
        "MsgType": "Publish",
        "Event": "",
        "Topic": topic,
        "Seq": 31,
        "PayloadLen": payload.len(),
        "ProductId": "P1",
        "DeviceName": "meter-7",
        "Payload": BASE64.encode(payload),
        "Time": "2026-11-21 11:59:57",
        "Reason": "",
    })
    .to_string()
}
pub(crate) const QUEUED_SHOWN: &str = "2026-11-21T03:59:57Z";

/// The queue envelope of a status.
pub(crate) fn status(msg_type: &str, event: &str, reason: &str) -> String {
    json!({
        "MsgType": msg_type,
        "Event": event,
        "Topic": "",
        "Seq": 32,
        "PayloadLen": 0,
        "ProductId": "P1",
        "DeviceName": "meter-7",
        "Payload": null,
        "Time": "2026-11-21 11:59:57",
        "Reason": reason,
    })
    .to_string()
}

/// A custom push with raw JSON as its content.
pub(crate) fn custom_push(content: &str) -> String {
    format!(
        r#"{{"DeviceName":"meter-7","ProductId":"P1","MsgTitle":"Too hot","MsgContent":{content},"RequestId":"req-1","Timestamp":{FORWARDED}}}"#
    )
}

/// The result for a body, unchecked.
pub(crate) fn outcome(
    body: &[u8],
    decoding: Decoding,
) -> Result<Vec<OutgoingEvent>, NormalizeError> {
    let source = SourceName::parse("meters").unwrap();
    let staged = Staged {
        id: identify(&source, b"a-signature", body).id,
        source,
        platform: Platform::TencentIotHub,
        received: Timestamp::from_unix_millis(RECEIVED_MILLIS),
        transport: Transport::Http,
        error: None,
        replay: None,
        original: Cow::Borrowed(body),
    };
    let record = staged.to_body();
    normalize(&Staged::from_body(&record).unwrap(), decoding)
}

/// The events of a body with the given decoding, each checked.
pub(crate) fn events_with(body: &str, decoding: Decoding) -> Vec<Value> {
    let events = outcome(body.as_bytes(), decoding).unwrap();
    assert!(!events.is_empty(), "nothing came of {body}");
    for (index, event) in events.iter().enumerate() {
        assert!(event.id.ends_with(&format!("-{index}")), "{}", event.id);
    }
    events.iter().map(checked).collect()
}

/// The events of a body, each checked.
pub(crate) fn events(body: &str) -> Vec<Value> {
    events_with(body, Decoding::default())
}

/// The one event of a body, checked.
pub(crate) fn event(body: &str) -> Value {
    one(events(body), body)
}

/// The one event of a body with the given decoding, checked.
pub(crate) fn event_with(body: &str, decoding: Decoding) -> Value {
    one(events_with(body, decoding), body)
}

fn one(mut events: Vec<Value>, body: &str) -> Value {
    assert_eq!(events.len(), 1, "one event of {body}: {events:#?}");
    events.remove(0)
}

/// The type without the part that all types share: `device.online`.
pub(crate) fn kind(event: &Value) -> &str {
    event["type"]
        .as_str()
        .and_then(|kind| kind.strip_prefix("io.thingrelay.")?.strip_suffix(".v1"))
        .unwrap()
}
