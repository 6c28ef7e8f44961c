//! A gateway reports on its sub-devices: one event each.

use crate::message::{event, events, http, kind, outcome};
use serde_json::{Value, json};
use thingrelay_core::source::Decoding;

const TOPIC: &str = "$gateway/operation/P1/meter-7";

fn request(word: &str, devices: &str) -> String {
    http(
        TOPIC,
        &format!(r#"{{"type":"{word}","payload":{{"devices":{devices}}}}}"#),
    )
}

#[test]
fn each_sub_device_has_its_event() {
    let devices = r#"[{"product_id":"P2","device_name":"s1"},{"product_id":"P3","device_name":"s2"},{"product_id":4,"device_name":5}]"#;
    let cases = [
        ("online", "device.online", "online"),
        ("offline", "device.offline", "offline"),
        ("bind", "device.bound", "bound"),
        ("unbind", "device.unbound", "unbound"),
    ];
    for (word, expected, part) in cases {
        let events = events(&request(word, devices));
        let subjects: Vec<&str> = events
            .iter()
            .map(|event| event["subject"].as_str().unwrap())
            .collect();
        assert_eq!(subjects, ["P2/s1", "P3/s2", "4/5"]);
        for event in &events {
            assert_eq!(kind(event), expected);
            assert_eq!(
                event["data"][part],
                json!({"gateway": {"product": "P1", "name": "meter-7"}}),
                "{event}"
            );
            assert_eq!(event["data"]["origin"]["kind"], word);
            assert_eq!(event["data"]["payload"]["type"], word);
        }
    }
}

#[test]
fn an_odd_entry_stays_with_the_gateway_and_does_not_vanish() {
    let good = r#"{"product_id":"P2","device_name":"s1"}"#;
    let odd = [
        r#"{"product_id":"P2"}"#,
        r#"{"device_name":"s1"}"#,
        r#"{"product_id":"","device_name":"s1"}"#,
        r#"{"product_id":{},"device_name":"s1"}"#,
        r#"{"product_id":null,"device_name":"s1"}"#,
        "{}",
        "[]",
        "null",
        "\"s1\"",
        "7",
    ];
    for entry in odd {
        for devices in [format!("[{good},{entry}]"), format!("[{entry},{good}]")] {
            let events = events(&request("online", &devices));
            let mut found: Vec<(&str, &str)> = events
                .iter()
                .map(|event| (kind(event), event["subject"].as_str().unwrap()))
                .collect();
            found.sort_unstable();
            assert_eq!(
                found,
                [("device.message", "P1/meter-7"), ("device.online", "P2/s1")],
                "{devices}"
            );
        }
        let event = event(&request("online", &format!("[{entry}]")));
        assert_eq!(
            (kind(&event), &event["subject"]),
            ("device.message", &json!("P1/meter-7"))
        );
    }
}

#[test]
fn a_request_without_a_list_is_a_message_of_the_gateway() {
    let payloads = [
        r#"{"type":"online"}"#,
        r#"{"type":"online","payload":null}"#,
        r#"{"type":"online","payload":[]}"#,
        r#"{"type":"online","payload":{}}"#,
        r#"{"type":"online","payload":{"devices":{}}}"#,
        r#"{"type":"online","payload":{"devices":[]}}"#,
        r#"{"type":"bind","payload":{"devices":"s1"}}"#,
    ];
    for payload in payloads {
        let event = event(&http(TOPIC, payload));
        assert_eq!(
            (kind(&event), &event["subject"]),
            ("device.message", &json!("P1/meter-7"))
        );
        let expected: Value = serde_json::from_str(payload).unwrap();
        assert_eq!(event["data"]["payload"], expected);
    }
}

#[test]
fn a_long_list_does_not_multiply_the_payload_without_bound() {
    let devices: Vec<String> = (0..12_000)
        .map(|n| format!(r#"{{"product_id":"P2","device_name":"s{n}"}}"#))
        .collect();
    let body = request("online", &format!("[{}]", devices.join(",")));
    let events = outcome(body.as_bytes(), Decoding::default()).unwrap();
    let bytes: usize = events.iter().map(|event| event.json.len()).sum();
    assert!(
        bytes <= 16 << 20,
        "{bytes} bytes in {} events",
        events.len()
    );
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind.as_str(), "io.thingrelay.device.message.v1");

    // The entries of a gateway's largest message, 16 KB, still give one event each.
    let devices = devices.get(..300).unwrap().join(",");
    assert!(devices.len() < 16_000);
    assert_eq!(
        crate::message::events(&request("online", &format!("[{devices}]"))).len(),
        300
    );
}
