//! Secrets never reach an event: signatures that bind sub-devices, URLs that open files.

use crate::message::{BASE64_PRODUCT, events, events_with, http, outcome, queue};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use thingrelay_core::source::Decoding;

pub(crate) const SECRET: &str = "Xyzzy-4711";

/// Topics with the keys that are secret there.
const TOPICS: &[(&str, &[&str])] = &[
    ("$gateway/operation/P1/meter-7", &["signature"]),
    ("$gateway/operation/result/P1/meter-7", &["signature"]),
    (
        "$thing/up/service/P1/meter-7",
        &["url", "resource_url", "resource_token"],
    ),
    (
        "$thing/down/service/P1/meter-7",
        &["url", "resource_url", "resource_token"],
    ),
    (
        "$resource/up/service/P1/meter-7",
        &["url", "resource_url", "resource_token"],
    ),
    (
        "$resource/down/service/P1/meter-7",
        &["url", "resource_url", "resource_token"],
    ),
    ("$ota/update/P1/meter-7", &["url"]),
];

/// Ways to spell a key.
fn spellings(key: &str) -> [String; 5] {
    let mut capital = key.to_owned();
    capital[..1].make_ascii_uppercase();
    let escaped: String = key
        .chars()
        .map(|c| format!("\\u{:04x}", u32::from(c)))
        .collect();
    let half = format!(
        "\\u{:04X}{}",
        u32::from(key.to_uppercase().as_bytes()[0]),
        &key[1..]
    );
    [key.to_owned(), key.to_uppercase(), capital, escaped, half]
}

/// Payloads around a secret member, JSON and not.
fn payloads(key: &str) -> Vec<String> {
    let deep = |depth: usize| {
        format!(
            r#"{}{{"{key}":"{SECRET}"}}{}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    vec![
        format!(r#"{{"type":"bind","method":"m","{key}":"{SECRET}"}}"#),
        format!(r#"{{"{key}":"{SECRET}","a":1}}"#),
        format!(r#"{{"a":1,"{key}" : "{SECRET}" , "b":2}}"#),
        format!(r#"{{"{key}":{{"x":["{SECRET}"]}},"a":1}}"#),
        format!(r#"{{"{key}":"{SECRET}","{key}":"{SECRET}"}}"#),
        format!(
            r#"{{"type":"bind","payload":{{"devices":[{{"product_id":"P2","device_name":"s1","{key}":"{SECRET}"}},{{"{key}":"{SECRET}"}}]}}}}"#
        ),
        format!(r#"{{"n":1e400,"{key}":"{SECRET}"}}"#),
        format!(r#"{{"s":"\ud800","{key}":"{SECRET}"}}"#),
        format!(r#"{{"\ud800":1,"{key}":"{SECRET}"}}"#),
        format!(r#"[[{{"{key}":"{SECRET}"}}]]"#),
        deep(99),
        deep(300),
    ]
}

pub(crate) fn leaks(body: &str, decoding: Decoding) -> bool {
    events_with(body, decoding);
    outcome(body.as_bytes(), decoding)
        .unwrap()
        .iter()
        .any(|event| event.json.contains(SECRET))
}

#[test]
fn secrets_are_taken_out_however_they_are_written() {
    for (topic, keys) in TOPICS {
        for payload in keys
            .iter()
            .flat_map(|key| spellings(key))
            .flat_map(|key| payloads(&key))
        {
            assert!(
                !leaks(&http(topic, &payload), Decoding::default()),
                "{topic} {payload}"
            );
            assert!(
                !leaks(&queue(topic, payload.as_bytes()), Decoding::default()),
                "{topic} {payload}"
            );
            let encoded = format!("\"{}\"", BASE64.encode(&payload));
            assert!(
                !leaks(&http(topic, &encoded), BASE64_PRODUCT),
                "{topic} {payload}"
            );
        }
    }
}

#[test]
fn what_is_no_json_may_hold_them_too() {
    for (topic, keys) in TOPICS {
        for key in *keys {
            let broken = format!(r#"{{"type":"bind","{key}":"{SECRET}",}}"#);
            let mut bytes = broken.clone().into_bytes();
            bytes.push(0xff);
            let in_a_string = serde_json::to_string(&broken).unwrap();
            let whole_in_a_string =
                serde_json::to_string(&format!(r#"{{"{key}":"{SECRET}"}}"#)).unwrap();
            for body in [
                queue(topic, broken.as_bytes()),
                queue(topic, &bytes),
                queue(topic, whole_in_a_string.as_bytes()),
                http(topic, &in_a_string),
                http(topic, &whole_in_a_string),
            ] {
                assert!(!leaks(&body, Decoding::default()), "{body}");
            }
        }
    }
}

#[test]
fn an_odd_topic_or_envelope_does_not_let_them_through() {
    let payload = format!(
        r#"{{"type":"bind","method":"m","url":"{SECRET}","resource_token":"{SECRET}","resource_url":"{SECRET}"}}"#
    );
    let bind = format!(r#"{{"type":"bind","signature":"{SECRET}"}}"#);
    for topic in [
        "$thing/down/service",
        "$thing/down/service/P1",
        "$thing/down/service/P1/meter-7/more",
        "$resource/down/service/P1",
        "$ota/update",
    ] {
        let payload = if topic.starts_with("$ota") {
            format!(r#"{{"type":"update_firmware","url":"{SECRET}"}}"#)
        } else {
            payload.clone()
        };
        assert!(
            !leaks(&http(topic, &payload), Decoding::default()),
            "{topic}"
        );
    }
    for body in [
        http("$gateway/operation", &bind),
        format!(r#"{{"topic":"$gateway/operation/P1/meter-7","payload":{bind}}}"#),
        format!(r#"{{"topic":"$gateway/operation/P1/meter-7","devicename":"d","payload":{bind}}}"#),
        format!(r#"{{"topic":"$gateway/operation/P1/meter-7","data":{bind}}}"#),
        format!(
            r#"{{"MsgTitle":"t","topic":"$gateway/operation/P1/meter-7","MsgContent":{bind}}}"#
        ),
    ] {
        assert!(!leaks(&body, Decoding::default()), "{body}");
    }
}

#[test]
fn elsewhere_the_same_keys_are_ordinary_ones() {
    let cases = [
        (
            "P1/meter-7/event",
            r#"{"url":"u","signature":"s","resource_url":"r","resource_token":"t"}"#,
        ),
        (
            "$thing/up/property/P1/meter-7",
            r#"{"method":"report","params":{"url":"u","signature":"s"}}"#,
        ),
        (
            "$thing/up/event/P1/meter-7",
            r#"{"method":"event_post","eventId":"e","params":{"url":"u"}}"#,
        ),
        (
            "$shadow/operation/P1/meter-7",
            r#"{"type":"update","state":{"reported":{"url":"u","token":"t"}}}"#,
        ),
        (
            "$template/operation/P1/meter-7",
            r#"{"type":"update","state":{"reported":{"password":"p"}}}"#,
        ),
        (
            "$thing/up/action/P1/meter-7",
            r#"{"method":"action_reply","response":{"token":"t"}}"#,
        ),
        (
            "$rrpc/txd/P1/meter-7/1",
            r#"{"url":"u","method":"m","token":"t"}"#,
        ),
        (
            "$gateway/operation/P1/meter-7",
            r#"{"type":"describe_sub_devices","count":1,"clientToken":"c"}"#,
        ),
        (
            "$thing/up/service/P1/meter-7",
            r#"{"method":"request_url","clientToken":"c","request_id":"9","report":{"resource_name":"a.wav"}}"#,
        ),
    ];
    for (topic, payload) in cases {
        let expected: serde_json::Value = serde_json::from_str(payload).unwrap();
        for body in [http(topic, payload), queue(topic, payload.as_bytes())] {
            assert_eq!(events(&body)[0]["data"]["payload"], expected, "{topic}");
        }
    }
}

/// Names of things that open something or prove an identity, and of URLs that open files.
const NAMES: &[&str] = &[
    "token",
    "bind_token",
    "accessToken",
    "password",
    "wifi_pwd",
    "device_secret",
    "signature",
    "sign",
    "url",
    "upload_url",
    "psk",
    "privateKey",
];

#[test]
fn of_methods_that_nobody_knows_members_go_by_their_names() {
    let topics = [
        "$thing/up/service/P1/meter-7",
        "$thing/down/service/P1/meter-7",
        "$thing/up/property/P1/meter-7",
        "$thing/up/brand_new/P1/meter-7",
        "$gateway/operation/P1/meter-7",
        "$gateway/operation/result/P1/meter-7",
        "$resource/up/service/P1/meter-7",
        "$ota/report/P1/meter-7",
        "$shadow/operation/P1/meter-7",
        "$config/operation/P1/meter-7",
        "$brand/new/P1/meter-7",
        "$sys",
    ];
    for topic in topics {
        for word in ["app_bind_token", "neverSeen"] {
            for name in NAMES {
                let member = format!(r#""{name}":"{SECRET}""#);
                let inside = serde_json::to_string(&format!("{{{member}}}")).unwrap();
                let payload = format!(
                    r#"{{"method":"{word}","type":"{word}",{member},"clientToken":"c","params":{{{member},"n":1.50}},"text":{inside}}}"#
                );
                for body in [http(topic, &payload), queue(topic, payload.as_bytes())] {
                    assert!(!leaks(&body, Decoding::default()), "{body}");
                    let shown = &events(&body)[0]["data"]["payload"];
                    let rest = serde_json::json!({"method": word, "type": word, "clientToken": "c", "params": {"n": 1.5}, "text": "{}"});
                    assert_eq!(*shown, rest, "{body}");
                }
            }
        }
    }
}

#[test]
fn the_rest_of_the_payload_stays() {
    let payload = r#"{"type":"bind","payload":{"devices":[{"product_id":"P2","device_name":"s1","signature":"x","random":9007199254740993,"timestamp":1795200000}]}}"#;
    let json = &outcome(
        http("$gateway/operation/P1/meter-7", payload).as_bytes(),
        Decoding::default(),
    )
    .unwrap()[0]
        .json;
    assert!(json.contains(r#"{"product_id":"P2","device_name":"s1","random":9007199254740993,"timestamp":1795200000}"#), "{json}");
}

#[test]
fn a_known_word_on_another_topic_is_not_known() {
    let words = ["report", "update", "get", "action", "event_post", "control"];
    let mut cases = Vec::new();
    for topic in [
        "$thing/up/brandnew/P1/meter-7",
        "$brand/new/P1/meter-7",
        "$config/operation/P1/meter-7",
    ] {
        for key in ["method", "type"] {
            cases.extend(words.map(|word| (topic, key, word)));
        }
    }
    cases.extend([
        ("$thing/up/property/P1/meter-7", "method", "update"),
        ("$thing/up/property/P1/meter-7", "type", "get"),
        ("$thing/up/property/P1/meter-7", "type", "report"),
        ("$thing/up/event/P1/meter-7", "method", "report"),
        ("$thing/up/action/P1/meter-7", "method", "get"),
        ("$thing/down/action/P1/meter-7", "method", "control"),
        ("$template/operation/P1/meter-7", "method", "report"),
        ("$shadow/operation/P1/meter-7", "method", "update"),
        ("$shadow/operation/P1/meter-7", "type", "action"),
    ]);
    for (topic, key, word) in cases {
        let payload = format!(r#"{{"{key}":"{word}","params":{{"a":[{{"Token":"{SECRET}"}}]}}}}"#);
        for body in [http(topic, &payload), queue(topic, payload.as_bytes())] {
            assert!(!leaks(&body, Decoding::default()), "{body}");
        }
    }
}

#[test]
fn without_a_topic_members_go_by_their_names() {
    let payload = format!(r#"{{"method":"app_bind_token","params":{{"token":"{SECRET}"}}}}"#);
    for body in [
        format!(r#"{{"devicename":"meter-7","productid":"P1","payload":{payload},"seq":1}}"#),
        http("", &payload),
        queue("", payload.as_bytes()),
    ] {
        assert!(!leaks(&body, Decoding::default()), "{body}");
        let expected = serde_json::json!({"method": "app_bind_token", "params": {}});
        assert_eq!(events(&body)[0]["data"]["payload"], expected, "{body}");
    }
}

#[test]
fn names_in_the_plural_with_suffixes_and_with_stray_characters_go() {
    for name in [
        "passwords",
        "token_2",
        "urlList",
        "signatureV2",
        "app_sign",
        "encryptKey",
        "verify_code",
        "token ",
        r"token\u0000",
        r"\ud800token",
    ] {
        let payload = format!(r#"{{"method":"app_bind","params":{{"{name}":"{SECRET}"}}}}"#);
        let topic = "$thing/down/service/P1/meter-7";
        for body in [http(topic, &payload), queue(topic, payload.as_bytes())] {
            assert!(!leaks(&body, Decoding::default()), "{body}");
        }
    }
}
