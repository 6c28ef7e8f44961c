//! The token with which a device is bound never reaches an event.

use super::message::{core, delivery, event, legacy, outgoing, report};
use crate::schema::checked;
use serde_json::json;

const SECRET: &str = "Xyzzy-4711";

fn leaks(plaintext: &str) -> bool {
    let event = outgoing(plaintext, &delivery(Some(20)));
    checked(&event);
    event.json.contains(SECRET)
}

#[test]
fn a_token_is_taken_out_wherever_it_stands() {
    for code in [
        "bindUser",
        "deviceBindSpace",
        "deviceUnbindSpace",
        "neverSeen",
        "online",
    ] {
        for key in [
            "token",
            "Token",
            "TOKEN",
            "\\u0074oken",
            "t\\u006fke\\u004E",
        ] {
            for data in [
                format!(r#"{{"uid":"u1","{key}":"{SECRET}"}}"#),
                format!(r#"{{"{key}":"{SECRET}","uid":"u1"}}"#),
                format!(r#"{{"{key}":{{"a":["{SECRET}"]}},"{key}":"{SECRET}"}}"#),
                format!(r#"{{"inner":[{{"{key}":"{SECRET}"}}]}}"#),
                format!(r#"[{{"{key}":"{SECRET}"}}]"#),
                format!(r#"{{"n":1e400,"{key}":"{SECRET}"}}"#),
            ] {
                assert!(!leaks(&legacy(code, &data)), "{code} {data}");
            }
            assert!(!leaks(&core(code, &format!(r#""{key}":"{SECRET}""#))));
            let beside = format!(r#"{{"{key}":"{SECRET}","bizCode":"{code}","devId":"d"}}"#);
            assert!(!leaks(&beside), "{beside}");
        }
        let inside = serde_json::to_string(&format!(r#"{{"token":"{SECRET}"}}"#)).unwrap();
        let escaped = serde_json::to_string(&format!(r#"{{"\u0074oken":"{SECRET}"}}"#)).unwrap();
        let in_capitals = inside.replace("token", "ToKeN");
        for string in [inside, in_capitals, escaped] {
            let plaintext = legacy(code, &string);
            assert!(!leaks(&plaintext), "{plaintext}");
            assert_eq!(
                event(20, &plaintext)["data"]["message"],
                json!({"format": "withheld"})
            );
            assert!(!leaks(&format!(r#"{{"bizData":{string},"bizData":{{}}}}"#)));
        }
    }
    assert!(!leaks(&format!(r#"{{"bizData":{{"token":"{SECRET}"}}}}"#)));
    assert!(!leaks(&format!(
        r#"{{"bizData":{{"token":"{SECRET}"}},"bizData":null}}"#
    )));
}

#[test]
fn all_else_stays_as_it_came() {
    let plaintext = r#"{"bizCode":"bindUser","bizData":{"uid":"u1", "n":1.50,"token":"x","tokens":["token"]},"devId":"d","ts":9007199254740993}"#;
    let json = outgoing(plaintext, &delivery(Some(20))).json;
    assert!(
        json.ends_with(r#""payload":{"bizCode":"bindUser","bizData":{"uid":"u1", "n":1.50,"tokens":["token"]},"devId":"d","ts":9007199254740993}}}"#),
        "{json}"
    );
}

#[test]
fn a_property_of_that_name_is_an_ordinary_one() {
    for items in [
        r#"{"code":"token","value":"abc","t":1795233600000}"#,
        r#"{"token":"abc","t":1795233600000}"#,
    ] {
        let event = event(4, &report(items));
        let expected = json!([{"code": "token", "value": "abc", "time": "2026-11-21T04:00:00Z"}]);
        assert_eq!(event["data"]["properties"], expected, "{items}");
        assert_eq!(
            event["data"]["payload"]["status"][0],
            serde_json::from_str::<serde_json::Value>(items).unwrap()
        );
    }
    let inside = core(
        "devicePropertyMessage",
        r#""properties":[{"code":"token","value":"abc","time":1795233600000}]"#,
    );
    assert_eq!(
        event(1000, &inside)["data"]["properties"][0]["value"],
        "abc"
    );
}
