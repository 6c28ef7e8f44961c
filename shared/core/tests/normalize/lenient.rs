//! Messages that are not written as the pages say and are read nevertheless, because nothing can be
//! mistaken.

use crate::message::{
    BASE64_PRODUCT, RECEIVED, custom_push, event, event_with, http, kind, outcome, queue,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use std::borrow::Cow;
use thingrelay_core::{
    normalize::normalize,
    source::{Decoding, Platform, SourceName},
    staged::{KafkaProvenance, Staged, Transport},
    tencent::identify_record,
    timestamp::Timestamp,
};

const TOPIC: &str = "$thing/up/property/P1/meter-7";
const REPORT: &str = r#"{"method":"report","params":{"label":"~~~???>>>"}}"#;

fn is_report(event: &Value) {
    assert_eq!(kind(event), "device.properties");
    assert_eq!(event["data"]["properties"][0]["value"], "~~~???>>>");
    let payload: Value = serde_json::from_str(REPORT).unwrap();
    assert_eq!(event["data"]["payload"], payload);
}

/// A queue envelope around this text, which takes the place of base64.
fn queue_of(payload: &str) -> String {
    let quoted = serde_json::to_string(payload).unwrap();
    queue(TOPIC, b"\xff\xff").replace("\"//8=\"", &quoted)
}

#[test]
fn base64_comes_with_line_breaks_in_either_alphabet_and_without_padding() {
    let standard = BASE64.encode(REPORT);
    let url = standard.replace('+', "-").replace('/', "_");
    assert_ne!(standard, url);
    for text in [standard, url] {
        let bare = text.trim_end_matches('=');
        for text in [
            text.clone(),
            bare.to_owned(),
            format!("{}\n{}\n", &text[..36], &text[36..]),
            format!("{}\r\n{}\r\n", &text[..36], &text[36..]),
            format!("{}\n{}", &bare[..4], &bare[4..]),
        ] {
            is_report(&event(&queue_of(&text)));
            let quoted = serde_json::to_string(&text).unwrap();
            is_report(&event_with(&http(TOPIC, &quoted), BASE64_PRODUCT));
        }
    }
}

#[test]
fn marks_of_encoders_around_json_are_passed_over() {
    for around in [
        ["\u{feff}", ""],
        ["", "\0"],
        ["", "\0\0\0"],
        ["\u{feff}", "\r\n\0"],
        ["", "\0\n"],
        ["\r\n\u{feff}", "\0\r\n\0"],
    ] {
        let with = |text: &str| format!("{}{text}{}", around[0], around[1]);
        let payload = with(REPORT);
        is_report(&event(&queue(TOPIC, payload.as_bytes())));
        let encoded = format!("\"{}\"", BASE64.encode(&payload));
        is_report(&event_with(&http(TOPIC, &encoded), BASE64_PRODUCT));
        // The same text around the body; it stays the same message.
        for body in [
            http(TOPIC, REPORT),
            queue(TOPIC, REPORT.as_bytes()),
            custom_push("\"c\""),
        ] {
            assert_eq!(event(&with(&body)), event(&body), "{body}");
        }
        let alert = event(&custom_push(&serde_json::to_string(&payload).unwrap()));
        let shown: Value = serde_json::from_str(REPORT).unwrap();
        assert_eq!(alert["data"]["payload"], shown);
    }
}

#[test]
fn a_text_loses_its_trailing_nuls_and_bytes_do_not() {
    let cases: [(&[u8], Value); 9] = [
        (b"hello\0\r\n", json!({"payload_text": "hello"})),
        (b"hello \0\n\0 ", json!({"payload_text": "hello "})),
        (b"hello\r\n", json!({"payload_text": "hello\r\n"})),
        (b"on\0", json!({"payload_text": "on"})),
        (b"a\tb\r\n\0\0", json!({"payload_text": "a\tb\r\n"})),
        (b"\0", json!({"payload_text": "\0"})),
        (b"\x01\0", json!({"payload_text": "\u{1}\0"})),
        (b"a\0b", json!({"payload_text": "a\0b"})),
        (b"\xff\0", json!({"payload_base64": "/wA="})),
    ];
    for (payload, expected) in cases {
        let data = event(&queue("P1/meter-7/data", payload))["data"].take();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(data[name], *value, "{payload:?}");
        }
    }
}

#[test]
fn raw_topics_are_of_bytes_whatever_the_source_says() {
    let cases = [
        (
            "\"AQP/gBAC\"",
            json!({"payload_base64": "AQP/gBAC", "format": "binary"}),
        ),
        (
            "\"AQP_gBAC\\n\"",
            json!({"payload_base64": "AQP/gBAC", "format": "binary"}),
        ),
        // Bytes that happen to be text, or JSON.
        (
            "\"b24A\"",
            json!({"payload_base64": "b24A", "format": "binary"}),
        ),
        (
            "\"eyJtZXRob2QiOiJyZXBvcnQifQ==\"",
            json!({"payload_base64": "eyJtZXRob2QiOiJyZXBvcnQifQ==", "format": "binary"}),
        ),
        (
            "\"no base64!\"",
            json!({"payload_text": "no base64!", "format": "text"}),
        ),
        ("{\"a\":1}", json!({"payload": {"a": 1}, "format": "json"})),
        ("\"\"", json!({"format": "none"})),
        ("null", json!({"format": "none"})),
    ];
    for topic in [
        "$thing/up/raw/P2/sub-1",
        "$thing/down/raw/P2/sub-1",
        "$brand/new/raw/P2/sub-1",
    ] {
        for (payload, expected) in &cases {
            let bodies = [
                http(topic, payload),
                queue(topic, b"\xff\xff").replace("\"//8=\"", payload),
            ];
            for body in bodies {
                for decoding in [Decoding::default(), BASE64_PRODUCT] {
                    let event = event_with(&body, decoding);
                    assert_eq!(kind(&event), "device.message", "{body}");
                    assert_eq!(event["subject"], "P2/sub-1");
                    let publisher = json!({"product": "P1", "name": "meter-7"});
                    assert_eq!(event["data"]["origin"]["publisher"], publisher);
                    let mut shown = json!({"format": event["data"]["message"]["format"]});
                    for key in ["payload", "payload_text", "payload_base64"] {
                        if let Some(value) = event["data"].get(key) {
                            shown[key] = value.clone();
                        }
                    }
                    assert_eq!(shown, *expected, "{body}");
                }
            }
        }
    }
}

#[test]
fn a_record_without_a_time_has_the_brokers() {
    let of = |body: &str, timestamp: Option<i64>| {
        let source = SourceName::parse("plant").unwrap();
        let staged = Staged {
            id: identify_record(&source, "iot", 3, 7, body.as_bytes()).id,
            source,
            platform: Platform::TencentIotExplorer,
            received: Timestamp::from_unix_millis(1_795_233_600_250),
            transport: Transport::Kafka(KafkaProvenance {
                topic: "iot".into(),
                partition: 3,
                offset: 7,
                timestamp: timestamp.map(Timestamp::from_unix_millis),
                key: None,
            }),
            error: None,
            replay: None,
            original: Cow::Borrowed(body.as_bytes()),
        };
        let event = &normalize(&staged, Decoding::default()).unwrap()[0];
        let event: Value = serde_json::from_str(&event.json).unwrap();
        event["time"].as_str().unwrap().to_owned()
    };
    let timed = queue("P1/meter-7/event", b"1");
    let untimed = timed.replace("2026-11-21 11:59:57", "");
    let at = Some(1_795_233_598_600);
    assert_eq!(of(&timed, at), "2026-11-21T03:59:57Z");
    assert_eq!(of(&untimed, at), "2026-11-21T03:59:58.600Z");
    for implausible in [None, Some(0), Some(1_000), Some(i64::MAX)] {
        assert_eq!(of(&untimed, implausible), RECEIVED, "{implausible:?}");
    }
}

#[test]
fn two_devices_never_share_subject_or_group() {
    let names = [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b%2Fc")];
    let mut seen = Vec::new();
    for (product, device) in names {
        let body = json!({"devicename": device, "productid": product, "topic": "t", "payload": 1});
        let event = &outcome(body.to_string().as_bytes(), Decoding::default()).unwrap()[0];
        let pair = (event.subject.clone(), event.group());
        assert!(
            seen.iter()
                .all(|(subject, group)| *subject != pair.0 && *group != pair.1)
        );
        seen.push(pair);
    }
}
