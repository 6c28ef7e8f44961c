//! Properties that hold for any message.

use crate::message::{BASE64_PRODUCT, custom_push, http, outcome, queue};
use crate::schema::checked;
use proptest::prelude::*;
use serde_json::{Map, Value};
use thingrelay_core::source::Decoding;

const TOPICS: &[&str] = &[
    "$thing/up/property/P1/meter-7",
    "$thing/up/event/P2/sub-1",
    "$thing/up/action/P1/meter-7",
    "$thing/down/service/P1/meter-7",
    "$ota/report/P1/meter-7",
    "$gateway/operation/P1/meter-7",
    "$shadow/operation/P1/meter-7",
    "$rrpc/txd/P1/meter-7/1",
    "P1/meter-7/event",
    "",
];

/// Words that have a meaning somewhere, so that the rules often match.
const WORDS: &[&str] = &[
    "method",
    "type",
    "params",
    "events",
    "eventId",
    "timestamp",
    "payload",
    "devices",
    "product_id",
    "device_name",
    "state",
    "reported",
    "report",
    "progress",
    "percent",
    "result_code",
    "version",
    "code",
    "status",
    "response",
    "clientToken",
    "url",
    "signature",
    "report_info",
    "control_reply",
    "event_post",
    "events_post",
    "action_reply",
    "bind",
    "online",
    "update",
    "report_version",
    "report_progress",
    "MsgType",
    "Event",
    "Topic",
    "Seq",
    "ProductId",
    "DeviceName",
    "Payload",
    "Time",
    "Reason",
    "devicename",
    "productid",
    "topic",
    "seq",
    "MsgTitle",
    "MsgContent",
    "RequestId",
    "Timestamp",
    "StatusChange",
    "Online",
    "Offline",
    "Publish",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => prop::sample::select(TOPICS).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        4 => word().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => prop::collection::vec((word(), inner), 0..6)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

fn is_json(body: &[u8]) -> bool {
    let text = std::str::from_utf8(body);
    text.is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Checks every promise about any body: events or a reason, the same result twice, each event
/// well-formed.
fn check(body: &[u8], decoding: Decoding) {
    let first = outcome(body, decoding);
    assert_eq!(first, outcome(body, decoding));
    match first {
        Ok(events) => {
            assert!(!events.is_empty());
            assert!(is_json(body));
            let mut ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
            ids.dedup();
            assert_eq!(ids.len(), events.len());
            for event in &events {
                checked(event);
            }
        }
        Err(error) => {
            assert!(!is_json(body));
            assert_eq!(error.code(), "not_json");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&body, Decoding::default());
    }

    #[test]
    fn any_text(body in any::<String>()) {
        check(body.as_bytes(), Decoding::default());
        check(serde_json::to_string(&body).unwrap().as_bytes(), BASE64_PRODUCT);
    }

    #[test]
    fn any_json(value in json()) {
        check(value.to_string().as_bytes(), Decoding::default());
        check(serde_json::to_string_pretty(&value).unwrap().as_bytes(), BASE64_PRODUCT);
    }

    #[test]
    fn any_json_in_any_envelope(value in json(), topic in prop::sample::select(TOPICS), method in prop::sample::select(WORDS)) {
        let mut value = value;
        if let Some(members) = value.as_object_mut() {
            members.insert("method".to_owned(), method.into());
            members.insert("type".to_owned(), method.into());
        }
        let payload = value.to_string();
        check(http(topic, &payload).as_bytes(), Decoding::default());
        check(http(topic, &payload).as_bytes(), BASE64_PRODUCT);
        check(queue(topic, payload.as_bytes()).as_bytes(), Decoding::default());
        check(custom_push(&payload).as_bytes(), Decoding::default());
    }

    #[test]
    fn any_bytes_in_the_queue_envelope(payload in prop::collection::vec(any::<u8>(), 0..100), topic in prop::sample::select(TOPICS)) {
        check(queue(topic, &payload).as_bytes(), Decoding::default());
    }

    #[test]
    fn a_message_cut_or_changed_anywhere(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut body = http("$thing/up/property/P1/meter-7", r#"{"method":"report","params":{"a":[1,"\u00e9",1.5e3]}}"#).into_bytes();
        let at = at.index(body.len());
        if cut {
            body.truncate(at);
        } else {
            body[at] = byte;
        }
        check(&body, Decoding::default());
    }
}
