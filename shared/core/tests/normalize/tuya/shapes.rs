//! A report of data in every shape that devices send, in both families of messages.

use super::message::{PUSHED, SENT, SENT_MILLIS, delivered, delivery, event};
use crate::message::kind;
use serde_json::{Value, json};

/// The messages that hold these items, with whether they have a `ts`.
fn messages(items: &str) -> Vec<(String, bool)> {
    let device = r#""devId":"vdev01","productKey":"p1key""#;
    let core = format!(r#"{{"devId":"vdev01","productId":"p1key","properties":[{items}]}}"#);
    let legacy = format!(r#"{{{device},"status":[{items}]}}"#);
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let ts = format!(r#""ts":{SENT_MILLIS}"#);
    let code = r#""bizCode":"devicePropertyMessage""#;
    let report = r#""bizCode":"statusReport""#;
    let text = quoted(&format!(" [{items}]"));
    let marked = quoted(&format!("\u{feff}[{items}]\0"));
    let of_text = format!(r#"{{{device},"properties":{text}}}"#);
    [
        (legacy.clone(), false),
        (format!(r#"{{{device},"Status":[{items}]}}"#), false),
        (format!(r#"{{{device},"properties":[{items}]}}"#), false),
        (
            format!(r#"{{{device},"status":[],"properties":[{items}]}}"#),
            false,
        ),
        (
            format!(r#"{{{device},"bizData":{{"status":[]}},"status":[{items}]}}"#),
            false,
        ),
        (format!(r#"{{{device},"status":[[{items}]]}}"#), false),
        (format!(r#"{{{device},"status":{text}}}"#), false),
        (
            format!(r#"{{{device},"status":"on","properties":{marked}}}"#),
            false,
        ),
        (
            format!(r#"{{{device},"bizData":{{"status":"[]"}},"status":{text}}}"#),
            false,
        ),
        (
            format!(r#"{{{code},"bizData":{{{device},"properties":{text}}},{ts}}}"#),
            true,
        ),
        (
            format!(r#"{{{code},"bizData":{},{ts}}}"#, quoted(&of_text)),
            true,
        ),
        (
            format!(r#"{{{report},{device},"status":[{items}],{ts}}}"#),
            true,
        ),
        (format!(r#"{{{report},"bizData":{legacy},{ts}}}"#), true),
        (
            format!(r#"{{{report},"bizData":{},{ts}}}"#, quoted(&legacy)),
            true,
        ),
        (format!(r#"{{{code},"bizData":{core},{ts}}}"#), true),
        (
            format!(r#"{{{code},"bizData":{},{ts}}}"#, quoted(&core)),
            true,
        ),
        (
            format!(r#"{{{code},{device},"properties":[{items}],{ts}}}"#),
            true,
        ),
        (
            format!(r#"{{"BizCode":"devicePropertyMessage","BIZDATA":{core},"TS":{SENT_MILLIS}}}"#),
            true,
        ),
        (format!(r#"{{"bizData":{core},{ts}}}"#), true),
    ]
    .into()
}

#[test]
fn items_are_read_alike_in_both_families() {
    let at = "2026-11-21T03:59:58.250Z";
    // The item, the property, and whether the property has the item's time.
    let cases = [
        (
            r#"{"dpId":101,"t":1795233598250,"value":456}"#,
            json!({"code": "101", "value": 456, "dp_id": "101"}),
            true,
        ),
        (
            r#"{"dpId":"9","t":1795233598250,"value":"c"}"#,
            json!({"code": "9", "value": "c", "dp_id": "9"}),
            true,
        ),
        (
            r#"{"code":"a","dpId":1,"value":true,"time":1795233598250}"#,
            json!({"code": "a", "value": true, "dp_id": "1"}),
            true,
        ),
        (
            r#"{"code":"a","dpId":"1","value":true,"t":"1795233598250"}"#,
            json!({"code": "a", "value": true, "dp_id": "1"}),
            true,
        ),
        (
            r#"{"Code":"a","DPID":1,"VALUE":[2],"Time":1795233598250}"#,
            json!({"code": "a", "value": [2], "dp_id": "1"}),
            true,
        ),
        (
            r#"{"CODE":"a","dp_id":1,"Value":null,"T":1795233598250}"#,
            json!({"code": "a", "value": null, "dp_id": "1"}),
            true,
        ),
        (
            r#"{"code":"a","value":1,"1":"1","t":1795233598250}"#,
            json!({"code": "a", "value": 1, "dp_id": "1"}),
            true,
        ),
        (
            r#"{"code":"a","value":1,"1":"1","dpId":2,"t":1795233598250}"#,
            json!({"code": "a", "value": 1, "dp_id": "2"}),
            true,
        ),
        (
            r#"{"code":"","dpId":7,"value":1,"t":1795233598250}"#,
            json!({"code": "7", "value": 1, "dp_id": "7"}),
            true,
        ),
        (
            r#"{"dpId":7,"value":1,"type":"bool","t":1795233598250}"#,
            json!({"code": "7", "value": 1, "dp_id": "7"}),
            true,
        ),
        (
            r#"{"dpId":7,"a":1,"t":1795233598250}"#,
            json!({"code": "a", "value": 1, "dp_id": "7"}),
            true,
        ),
        (
            r#"{"code":"a","value":1,"mode":"rw","t":1795233598250}"#,
            json!({"code": "a", "value": 1}),
            true,
        ),
        (
            r#"{"a":1,"t":1795233598250}"#,
            json!({"code": "a", "value": 1}),
            true,
        ),
        (
            r#"{"3":1,"time":1795233598250}"#,
            json!({"code": "3", "value": 1, "dp_id": "3"}),
            true,
        ),
        // Keys with a known meaning may be a property's own.
        (
            r#"{"T":25,"t":1795233598250}"#,
            json!({"code": "T", "value": 25}),
            true,
        ),
        (
            r#"{"time":"08:00","t":1795233598250}"#,
            json!({"code": "time", "value": "08:00"}),
            true,
        ),
        (
            r#"{"mode":"cold","t":1795233598250}"#,
            json!({"code": "mode", "value": "cold"}),
            true,
        ),
        (
            r#"{"time":30}"#,
            json!({"code": "time", "value": 30}),
            false,
        ),
        (r#"{"t":30}"#, json!({"code": "t", "value": 30}), false),
        (
            r#"{"t":"open"}"#,
            json!({"code": "t", "value": "open"}),
            false,
        ),
        (
            r#"{"t":30,"time":1795233598250}"#,
            json!({"code": "t", "value": 30}),
            true,
        ),
        // A time without a meaning.
        (
            r#"{"code":"a","value":1,"t":0,"time":1795233598250}"#,
            json!({"code": "a", "value": 1}),
            true,
        ),
        (
            r#"{"code":"a","value":1,"t":2}"#,
            json!({"code": "a", "value": 1}),
            false,
        ),
        (
            r#"{"code":"a","value":1,"t":"2"}"#,
            json!({"code": "a", "value": 1}),
            false,
        ),
        (
            r#"{"code":"a","value":1,"t":146052438362}"#,
            json!({"code": "a", "value": 1}),
            false,
        ),
        (
            r#"{"code":"a","value":1,"time":4133980800000}"#,
            json!({"code": "a", "value": 1}),
            false,
        ),
        (
            r#"{"code":"a","value":1}"#,
            json!({"code": "a", "value": 1}),
            false,
        ),
    ];
    for (item, expected, is_timed) in cases {
        for (plaintext, has_ts) in messages(item) {
            for protocol in [Some(4), Some(77), None] {
                let event = delivered(&plaintext, &delivery(protocol));
                assert_eq!(kind(&event), "device.properties", "{plaintext}");
                assert_eq!(event["subject"], "p1key/vdev01", "{plaintext}");
                let mut expected = expected.clone();
                expected["time"] = match (is_timed, has_ts) {
                    (true, _) => at,
                    (false, true) => SENT,
                    (false, false) => PUSHED,
                }
                .into();
                assert_eq!(
                    event["data"]["properties"],
                    json!([expected]),
                    "{plaintext}"
                );
                assert_eq!(event["time"], expected["time"], "{plaintext}");
            }
        }
    }
}

#[test]
fn data_that_is_json_in_a_string_is_read_as_data() {
    let cases = [
        (
            "deviceOnline",
            r#"{"devId":"vdev01","productId":"p1key","uid":"u1","time":1795233598250}"#,
            "device.online",
            "online",
            json!({"user": "u1"}),
        ),
        (
            "offline",
            r#" {"devId": "vdev01", "time": 1795233598250}"#,
            "device.offline",
            "offline",
            json!({}),
        ),
        (
            "deviceNameUpdate",
            r#"{"devId":"vdev01","name":"Hall \"é\"","time":"1795233598250"}"#,
            "device.renamed",
            "renamed",
            json!({"name": "Hall \"é\""}),
        ),
        (
            "event_notify",
            r#"{"devId":"vdev01","etype":"doorbell","edata":{"a":1.50},"time":1795233598250}"#,
            "device.event",
            "event",
            json!({"code": "doorbell", "params": {"a": 1.5}}),
        ),
        (
            "deviceOnline",
            "\u{feff}{\"devId\":\"vdev01\",\"time\":1795233598250}",
            "device.online",
            "online",
            json!({}),
        ),
        (
            "deviceOffline",
            "{\"devId\":\"vdev01\",\"time\":1795233598250}\0",
            "device.offline",
            "offline",
            json!({}),
        ),
    ];
    for (code, data, expected, part, value) in cases {
        let quoted = serde_json::to_string(data).unwrap();
        let plaintext = format!(r#"{{"bizCode":"{code}","bizData":{quoted},"ts":{SENT_MILLIS}}}"#);
        let event = event(1001, &plaintext);
        assert_eq!(kind(&event), expected, "{plaintext}");
        assert_eq!(event["data"]["device"]["name"], "vdev01");
        assert_eq!(event["data"][part], value);
        assert_eq!(event["time"], "2026-11-21T03:59:58.250Z");
        assert_eq!(event["data"]["payload"]["bizData"], data);
    }
}

#[test]
fn data_in_a_string_that_common_parsers_refuse_has_no_type_and_still_a_device() {
    for data in [
        r#"{"devId":"vdev01","eventCode":"e","outputParams":{"a":1e400}}"#,
        r#"{"devId":"vdev01","eventCode":"e","outputParams":"\ud800"}"#,
    ] {
        let quoted = serde_json::to_string(data).unwrap();
        let plaintext = format!(r#"{{"bizCode":"deviceEventMessage","bizData":{quoted}}}"#);
        let event = event(1000, &plaintext);
        assert_eq!(kind(&event), "device.message");
        assert_eq!(event["subject"], "/vdev01");
        assert_eq!(event["data"]["payload"]["bizData"], data);
    }
}

#[test]
fn marks_of_encoders_around_a_message_are_passed_over() {
    let plaintext = r#"{"bizCode":"online","devId":"vdev01"}"#;
    for around in [
        ["\u{feff}", ""],
        ["", "\0"],
        ["\u{feff}", "\n\0\0"],
        ["\n\u{feff}", "\0\r\n"],
    ] {
        let event = event(20, &format!("{}{plaintext}{}", around[0], around[1]));
        assert_eq!(kind(&event), "device.online");
        let payload: Value = serde_json::from_str(plaintext).unwrap();
        assert_eq!(event["data"]["payload"], payload);
    }
}
