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
        let quoted = |text: String| serde_json::to_string(&text).unwrap();
        for inside in [
            format!(r#"{{"token":"{SECRET}"}}"#),
            format!(r#"{{"ToKeN":"{SECRET}"}}"#),
            format!(r#"{{"\u0074oken":"{SECRET}"}}"#),
        ] {
            let plaintext = legacy(code, &quoted(inside));
            assert!(!leaks(&plaintext), "{plaintext}");
            assert_eq!(event(20, &plaintext)["data"]["payload"]["bizData"], "{}");
        }
        // Not JSON.
        for string in [
            quoted(format!(r#"{{"token":"{SECRET}",}}"#)),
            quoted(format!(r#"{{"\u0074oken":"{SECRET}",}}"#)),
            quoted(format!("PassWord={SECRET}")),
            quoted(format!("https://a.example/f?x_sign={SECRET}")),
        ] {
            let plaintext = legacy(code, &string);
            assert!(!leaks(&plaintext), "{plaintext}");
            assert_eq!(event(20, &plaintext)["data"]["payload"]["bizData"], "");
            for name in ["edata", "data"] {
                let plaintext = core(code, &format!(r#""{name}":{string}"#));
                assert!(!leaks(&plaintext), "{plaintext}");
            }
            assert!(!leaks(&format!(r#"{{"bizData":{string},"bizData":{{}}}}"#)));
        }
        for name in [
            "accessToken",
            "password",
            "localKey",
            "secret",
            "signature",
            "sign",
            "fileUrl",
        ] {
            assert!(!leaks(&core(code, &format!(r#""{name}":"{SECRET}""#))));
        }
    }
    assert!(!leaks(&format!(r#"{{"bizData":{{"token":"{SECRET}"}}}}"#)));
    assert!(!leaks(&format!(
        r#"{{"bizData":{{"token":"{SECRET}"}},"bizData":null}}"#
    )));
}

#[test]
fn all_else_stays_as_it_came() {
    let plaintext = r#"{"bizCode":"bindUser","bizData":{"uid":"u1", "n":1.50,"token":"x","names":["token"]},"devId":"d","ts":9007199254740993}"#;
    let json = outgoing(plaintext, &delivery(Some(20))).json;
    assert!(
        json.ends_with(r#""payload":{"bizCode":"bindUser","bizData":{"uid":"u1", "n":1.50,"names":["token"]},"devId":"d","ts":9007199254740993}}}"#),
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
    let coded =
        r#"{"bizCode":"statusReport","devId":"d","status":[{"token":"abc","camera_url":"u"}]}"#;
    let event_of_code = event(20, coded);
    assert_eq!(event_of_code["data"]["properties"][0]["value"], "abc");
    assert_eq!(event_of_code["data"]["properties"][1]["value"], "u");
    let inside = core(
        "devicePropertyMessage",
        r#""properties":[{"code":"token","value":"abc","time":1795233600000}]"#,
    );
    assert_eq!(
        event(1000, &inside)["data"]["properties"][0]["value"],
        "abc"
    );
}

#[test]
fn only_the_items_of_the_report_itself_are_ordinary() {
    let item = r#"{"code":"token","value":"abc"}"#;
    let own = r#"{"token":"abc"}"#;
    let hidden = format!(r#"[{{"token":"{SECRET}"}}]"#);
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    for plaintext in [
        format!(r#"{{"devId":"dv","x":{{"status":{hidden}}}}}"#),
        format!(r#"{{"devId":"dv","bizData":{{"x":{{"properties":{hidden}}}}}}}"#),
        format!(r#"{{"devId":"dv","status":{hidden},"status":[{item}]}}"#),
        format!(r#"{{"devId":"dv","bizData":{{"status":[{item}]}},"status":{hidden}}}"#),
        format!(r#"{{"bizData":{{"u":{{"properties":{hidden}}}}},"status":[{own}],"devId":"dv"}}"#),
    ] {
        assert!(!leaks(&plaintext), "{plaintext}");
    }
    // Also in a string, with the marks that encoders put around it.
    for (data, expected) in [
        (
            format!(r#"{{"status":[{own}],"x":{{"status":{hidden}}}}}"#),
            format!(r#"{{"status":[{own}],"x":{{"status":[{{}}]}}}}"#),
        ),
        (
            format!(r#" {{"token":"{SECRET}","properties":[{own}]}}"#),
            format!(r#"{{"properties":[{own}]}}"#),
        ),
        (
            format!("\u{feff}{{\"token\":\"{SECRET}\",\"properties\":[{own}]}}\0"),
            format!(r#"{{"properties":[{own}]}}"#),
        ),
        (
            format!(
                r#"{{"token":"{SECRET}","properties":{}}}"#,
                quoted(&format!("[{own}]"))
            ),
            format!(r#"{{"properties":{}}}"#, quoted(&format!("[{own}]"))),
        ),
    ] {
        let quoted = quoted(&data);
        let event = event(
            20,
            &format!(r#"{{"bizData":{quoted},"devId":"dv","status":{hidden}}}"#),
        );
        assert!(!event.to_string().contains(SECRET), "{event}");
        assert_eq!(event["data"]["payload"]["bizData"], expected);
        assert_eq!(event["data"]["properties"][0]["value"], "abc", "{event}");
    }
    let text = quoted(&format!("\u{feff}[{own}]"));
    let event = event(
        4,
        &format!(r#"{{"token":"{SECRET}","devId":"dv","status":{text}}}"#),
    );
    let payload = json!({"devId": "dv", "status": format!("\u{feff}[{own}]")});
    assert_eq!(event["data"]["payload"], payload);
    assert_eq!(event["data"]["properties"][0]["value"], "abc", "{event}");
}
