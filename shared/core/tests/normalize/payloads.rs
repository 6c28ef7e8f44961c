//! The payload as it came: exact numbers, text, bytes.

use crate::message::{BASE64_PRODUCT, custom_push, event, event_with, http, kind, outcome, queue};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use thingrelay_core::source::Decoding;

/// The members of `data` that hold a payload, with the format where the part names one.
fn shown(event: &Value) -> Value {
    let mut shown = json!({});
    for key in ["payload", "payload_text", "payload_base64"] {
        if let Some(payload) = event["data"].get(key) {
            shown[key] = payload.clone();
        }
    }
    if let Some(message) = event["data"].get("message") {
        shown["format"] = message["format"].clone();
    }
    shown
}

#[test]
fn numbers_keep_every_digit_wherever_they_stand() {
    let numbers = [
        "9007199254740993",
        "18446744073709551617",
        "123456789012345678901234567890",
        "-0",
        "-0.0",
        "1.10",
        "1E5",
        "1e-400",
        "0.1000000000000000055511151231257827",
    ];
    for number in numbers {
        let payload = format!(r#"{{"method":"report","params":{{"n":{number}}}}}"#);
        let topic = "$thing/up/property/P1/meter-7";
        for body in [http(topic, &payload), queue(topic, payload.as_bytes())] {
            event(&body);
            let json = &outcome(body.as_bytes(), Decoding::default()).unwrap()[0].json;
            assert!(
                json.contains(&format!(r#""code":"n","value":{number},"#)),
                "{json}"
            );
            assert!(
                json.contains(&format!(r#""params":{{"n":{number}}}"#)),
                "{json}"
            );
        }
    }
}

#[test]
fn what_parsers_refuse_stands_as_text() {
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let cases = [
        (r#"{"n":1e400}"#.to_owned(), false),
        (r#"{"n":-1e400}"#.to_owned(), false),
        (format!("[{}]", "9".repeat(400)), false),
        (r#"{"s":"\ud800"}"#.to_owned(), false),
        (r#"{"s":"\udc00\ud800"}"#.to_owned(), false),
        (r#"{"\ud800":1}"#.to_owned(), false),
        (deep(101), false),
        (deep(5000), false),
        (deep(99), true),
        (r#"{"s":"\ud83d\ude00","e":"1e400"}"#.to_owned(), true),
        (r#"{"a":1,"a":2}"#.to_owned(), true),
        (r#"{"s":"[[[[{{{{\\","t":"\u0000"}"#.to_owned(), true),
        (format!(r#"{{"s":"{}"}}"#, "[{".repeat(300)), true),
    ];
    for (payload, as_json) in cases {
        // Where the platform defines the payload, such a message has no type of its own.
        let topic = "$thing/up/property/P1/meter-7";
        for body in [http(topic, &payload), queue(topic, payload.as_bytes())] {
            let event = event(&body);
            assert_eq!(kind(&event), "device.message");
            if as_json {
                let expected: Value = serde_json::from_str(&payload).unwrap();
                assert_eq!(
                    shown(&event),
                    json!({"payload": expected, "format": "json"})
                );
            } else {
                assert_eq!(
                    shown(&event),
                    json!({"payload_text": payload, "format": "text"})
                );
            }
        }
        // If the shape is unknown, the body is the payload.
        let shown = shown(&event(&payload));
        assert_eq!(shown.get("payload").is_some(), as_json, "{shown}");
        assert_eq!(shown.get("payload_text").is_some(), !as_json, "{shown}");
    }
}

#[test]
fn a_report_with_such_a_value_is_a_message() {
    let payload = r#"{"method":"report","params":{"n":1e400,"s":"x"}}"#;
    let event = event(&http("$thing/up/property/P1/meter-7", payload));
    assert_eq!(kind(&event), "device.message");
    assert_eq!(
        shown(&event),
        json!({"payload_text": payload, "format": "text"})
    );
}

#[test]
fn queue_envelopes_are_decoded() {
    let cases: [(&[u8], Value); 12] = [
        (
            br#"{"a":1}"#,
            json!({"payload": {"a": 1}, "format": "json"}),
        ),
        (b"[1]", json!({"payload": [1], "format": "json"})),
        (b"17", json!({"payload": 17, "format": "json"})),
        (b" true\n", json!({"payload": true, "format": "json"})),
        (b"null", json!({"payload": null, "format": "json"})),
        (b"\"s\"", json!({"payload": "s", "format": "json"})),
        (
            b"this is text",
            json!({"payload_text": "this is text", "format": "text"}),
        ),
        (
            b"{\"a\":1,}",
            json!({"payload_text": "{\"a\":1,}", "format": "text"}),
        ),
        (
            " \u{fffe} ü\r\n".as_bytes(),
            json!({"payload_text": " \u{fffe} ü\r\n", "format": "text"}),
        ),
        (
            b"\xff\x00\x01",
            json!({"payload_base64": "/wAB", "format": "binary"}),
        ),
        (
            b"{\"a\":\"\xff\"}",
            json!({"payload_base64": BASE64.encode(b"{\"a\":\"\xff\"}"), "format": "binary"}),
        ),
        (b"", json!({"format": "none"})),
    ];
    for (bytes, expected) in cases {
        assert_eq!(
            shown(&event(&queue("P1/meter-7/data", bytes))),
            expected,
            "{bytes:?}"
        );
    }
}

#[test]
fn a_queue_payload_that_is_no_base64_is_kept() {
    let with = |payload: &str| queue("P1/meter-7/data", b"\xff\xff").replace("\"//8=\"", payload);
    let cases = [
        ("null", json!({"format": "none"})),
        ("\"\"", json!({"format": "none"})),
        (
            "\"//8\"",
            json!({"payload_base64": "//8=", "format": "binary"}),
        ),
        (
            "\"\\/\\/8=\"",
            json!({"payload_base64": "//8=", "format": "binary"}),
        ),
        (
            "\"not base64!\"",
            json!({"payload_text": "not base64!", "format": "text"}),
        ),
        ("\"a\"", json!({"payload_text": "a", "format": "text"})),
        (
            "\"//9=\"",
            json!({"payload_text": "//9=", "format": "text"}),
        ),
        (
            "\"__8=\"",
            json!({"payload_base64": "//8=", "format": "binary"}),
        ),
        (
            "\"_/8=\"",
            json!({"payload_text": "_/8=", "format": "text"}),
        ),
        ("{\"a\":1}", json!({"payload": {"a": 1}, "format": "json"})),
        ("[]", json!({"payload": [], "format": "json"})),
        ("17", json!({"payload": 17, "format": "json"})),
        ("true", json!({"payload": true, "format": "json"})),
    ];
    for (payload, expected) in cases {
        assert_eq!(shown(&event(&with(payload))), expected, "{payload}");
    }
}

#[test]
fn http_payloads_are_json_or_base64_by_the_source() {
    let topic = "P1/meter-7/data";
    let cases = [
        (
            "{\"a\":1}",
            json!({"payload": {"a": 1}, "format": "json"}),
            json!({"payload": {"a": 1}, "format": "json"}),
        ),
        (
            "17",
            json!({"payload": 17, "format": "json"}),
            json!({"payload": 17, "format": "json"}),
        ),
        ("null", json!({"format": "none"}), json!({"format": "none"})),
        ("\"\"", json!({"format": "none"}), json!({"format": "none"})),
        (
            "\"/wAB\"",
            json!({"payload": "/wAB", "format": "json"}),
            json!({"payload_base64": "/wAB", "format": "binary"}),
        ),
        (
            "\"aGVsbG8h\"",
            json!({"payload": "aGVsbG8h", "format": "json"}),
            json!({"payload_text": "hello!", "format": "text"}),
        ),
        (
            "\"eyJhIjoxfQ==\"",
            json!({"payload": "eyJhIjoxfQ==", "format": "json"}),
            json!({"payload": {"a": 1}, "format": "json"}),
        ),
        (
            "\"oh, text\"",
            json!({"payload": "oh, text", "format": "json"}),
            json!({"payload_text": "oh, text", "format": "text"}),
        ),
    ];
    for (payload, as_json, as_base64) in cases {
        let body = http(topic, payload);
        assert_eq!(shown(&event(&body)), as_json, "{payload}");
        assert_eq!(
            shown(&event_with(&body, BASE64_PRODUCT)),
            as_base64,
            "{payload}"
        );
    }
}

#[test]
fn binary_products_have_the_types_of_the_topics_too() {
    let payload = BASE64.encode(br#"{"method":"report","params":{"power":1}}"#);
    let body = http("$thing/up/property/P1/meter-7", &format!("\"{payload}\""));
    assert_eq!(
        kind(&event_with(&body, BASE64_PRODUCT)),
        "device.properties"
    );
    assert_eq!(kind(&event(&body)), "device.message");
}

#[test]
fn the_content_of_a_custom_push_is_json_or_text() {
    let cases = [
        ("\"plain\"", json!({"payload_text": "plain"})),
        (r#""{\"a\":1}""#, json!({"payload": {"a": 1}})),
        ("{\"a\":1}", json!({"payload": {"a": 1}})),
        ("17", json!({"payload": 17})),
        ("\"\"", json!({})),
        ("null", json!({})),
    ];
    for (content, expected) in cases {
        assert_eq!(shown(&event(&custom_push(content))), expected, "{content}");
    }
}

#[test]
fn pretty_printed_messages_make_one_line() {
    let payload =
        "{\r\n  \"method\": \"report\",\n  \"params\": {\n\t\"power\": 1,\r\"s\": \"a\\nb\"\n}}";
    for body in [
        http("$thing/up/property/P1/meter-7", payload).replace(',', ",\n"),
        queue("$thing/up/property/P1/meter-7", payload.as_bytes()),
    ] {
        let event = event(&body);
        assert_eq!(event["data"]["properties"][1]["value"], "a\nb");
        assert_eq!(event["data"]["payload"]["params"]["s"], "a\nb");
    }
}

#[test]
fn an_event_that_outgrows_the_queues_loses_its_typed_part_and_not_its_payload() {
    let value = "x".repeat(700_000);
    let payload = format!(r#"{{"method":"report","params":{{"s":"{value}"}}}}"#);
    let body = http("$thing/up/property/P1/meter-7", &payload);
    let event = event(&body);
    assert_eq!(kind(&event), "device.message");
    assert_eq!(event["data"]["payload"]["params"]["s"], value);
    assert_eq!(event["data"]["origin"]["kind"], "report");
}
