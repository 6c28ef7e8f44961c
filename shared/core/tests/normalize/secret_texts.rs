//! Secrets never reach an event in a text that is not JSON.

use crate::{
    message::{events, http, queue},
    secrets::{SECRET, leaks},
};
use thingrelay_core::source::Decoding;

#[test]
fn where_none_is_expected_other_texts_are_shown() {
    for topic in [
        "$brand/new/P1/meter-7",
        "$config/operation/P1/meter-7",
        "$thing/up/property/P1/meter-7",
    ] {
        let event = &events(&queue(topic, b"plain"))[0];
        assert_eq!(event["data"]["payload_text"], "plain", "{topic}");
    }
}

/// Texts with a secret that are not JSON.
fn broken_texts() -> [String; 4] {
    [
        format!(r#"{{"params":{{"token":"{SECRET}"}}"#),
        format!(r#"{{"a":1}}{{"token":"{SECRET}"}}"#),
        format!("token={SECRET}"),
        format!("{{\"method\":\"app_bind_token\",\"params\":{{\"token\":\"{SECRET}\"}}}};"),
    ]
}

const PLATFORM_TOPICS: [&str; 5] = [
    "$thing/up/service/P1/meter-7",
    "$gateway/operation/P1/meter-7",
    "$config/operation/P1/meter-7",
    "$thing/up/property/P1/meter-7",
    "$brand/new/P1/meter-7",
];

#[test]
fn a_text_in_a_payload_that_may_hold_one_is_left_out() {
    for topic in PLATFORM_TOPICS {
        for text in broken_texts() {
            let quoted = serde_json::to_string(&text).unwrap();
            let payload = format!(r#"{{"method":"x","b":{quoted},"c":["{{}}","token"]}}"#);
            for body in [http(topic, &payload), queue(topic, payload.as_bytes())] {
                assert!(!leaks(&body, Decoding::default()), "{body}");
                let expected = serde_json::json!({"method": "x", "b": "", "c": ["{}", "token"]});
                assert_eq!(events(&body)[0]["data"]["payload"], expected, "{body}");
            }
        }
    }
}

#[test]
fn a_payload_that_is_such_a_text_is_withheld() {
    for topic in PLATFORM_TOPICS {
        for text in broken_texts() {
            let quoted = serde_json::to_string(&text).unwrap();
            let mut bytes = text.clone().into_bytes();
            bytes.push(0xff);
            for body in [
                http(topic, &quoted),
                queue(topic, text.as_bytes()),
                queue(topic, quoted.as_bytes()),
                queue(topic, &bytes),
            ] {
                assert!(!leaks(&body, Decoding::default()), "{body}");
                let message = &events(&body)[0]["data"]["message"];
                assert_eq!(message["format"], "withheld", "{body}");
            }
        }
    }
}
