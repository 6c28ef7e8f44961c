//! Messages without a type of their own, and messages that are not JSON.

use super::message::{core, delivery, event, legacy, outcome, report};
use crate::message::kind;
use serde_json::{Value, json};
use thingrelay_core::normalize::NormalizeError;

#[test]
fn what_has_no_type_of_its_own_survives() {
    let device = [
        (20, legacy("share", r#"{"devId":"vdev01","uid":"u2"}"#)),
        (20, legacy("deviceSignal", r#"{"signal":-60}"#)),
        (20, legacy("deviceDpCommand", r#"{"command":[{"1":true}]}"#)),
        (
            1000,
            core("deviceQueryPropertyMessage", r#""properties":[]"#),
        ),
        (1001, core("deviceTransfer", "")),
        (1001, core("deviceFreeze", "")),
        (1001, core("deviceUnFreeze", "")),
        (20, legacy("ONLINE", r#"{"time":1}"#)),
        (7777, legacy("neverSeen", r#"{"a":[1,{"b":null}]}"#)),
        (7777, core("neverSeen", r#""a":9007199254740993"#)),
        (4, legacy("neverSeen", "7")),
        (20, report("7")),
        (4, r#"{"devId":"vdev01","productKey":"p1key"}"#.to_owned()),
        (
            4,
            r#"{"devId":"vdev01","productKey":"p1key","status":{"a":1}}"#.to_owned(),
        ),
        (
            4,
            report(r#"7,"x",{},{"t":1795233600000},{"code":"a"},{"code":"a","t":5}"#),
        ),
        (1000, core("devicePropertyMessage", "")),
        (1000, core("devicePropertyMessage", r#""properties":{}"#)),
        (4, report("").replace("[]", r#""{\"a\":1}""#)),
        (4, report("").replace("[]", r#""[{\"a\":1e400}]""#)),
        (
            1000,
            core(
                "devicePropertyMessage",
                r#""properties":[7,{"code":"a"},{"value":1}]"#,
            ),
        ),
        (20, legacy("nameUpdate", r#"{"uid":"u1"}"#)),
        (20, legacy("dpNameUpdate", r#"{"dpId":"","name":"x"}"#)),
        (20, legacy("dpNameUpdate", r#"{"dpId":"3"}"#)),
        (20, legacy("upgradeStatus", "null")),
        (20, legacy("upgradeStatus", "[]")),
        (20, legacy("event_notify", r#"{"edata":"x"}"#)),
        (
            1000,
            core("deviceEventMessage", r#""eventCode":"","outputParams":{}"#),
        ),
        (1000, legacy("devicePropertyMessage", "\"text\"")),
    ];
    for (protocol, plaintext) in device {
        let event = event(protocol, &plaintext);
        assert_eq!(kind(&event), "device.message", "{plaintext}");
        let whole: Value = serde_json::from_str(&plaintext).unwrap();
        assert_eq!(event["data"]["payload"], whole, "{plaintext}");
        assert_eq!(event["data"]["message"], json!({"format": "json"}));
        assert_eq!(event["subject"], "p1key/vdev01");
    }
    let nobody = [
        (
            21,
            r#"{"bizCode":"userRegister","bizData":{"uid":"u1"},"ts":1795233602200}"#,
        ),
        (
            22,
            r#"{"bizCode":"automationExternalAction","bizData":{"a":1}}"#,
        ),
        (
            25,
            r#"{"bizCode":"sceneExecute","bizData":{"sceneId":"s"}}"#,
        ),
        (34, r#"{"bizCode":"roomNameUpdate","bizData":{"roomId":1}}"#),
        (35, r#"{"bizCode":"homeCreate","bizData":{"homeId":1}}"#),
        (1010, r#"{"bizCode":"spaceCreate","bizData":{"spaceId":1}}"#),
        (1020, r#"{"bizCode":"groupCreate","bizData":{"groupId":1}}"#),
        (20, r#"{"bizCode":"online","bizData":{"time":1}}"#),
        (
            20,
            r#"{"bizCode":"delete","bizData":{"devId":""},"devId":{}}"#,
        ),
        (4, r#"{"status":[{"code":"a","value":1}]}"#),
        (4, r#"{"devId":null,"productKey":"p"}"#),
        (4, "{}"),
        (4, "[1,2]"),
        (4, "\"text\""),
        (4, "null"),
        (4, "17"),
    ];
    for (protocol, plaintext) in nobody {
        let event = event(protocol, plaintext);
        assert_eq!(kind(&event), "message", "{plaintext}");
        let whole: Value = serde_json::from_str(plaintext).unwrap();
        assert_eq!(event["data"]["payload"], whole, "{plaintext}");
        assert!(event.get("subject").is_none(), "{plaintext}");
    }
}

#[test]
fn what_is_no_json_gives_no_event() {
    for (plaintext, expected) in [
        (&b""[..], NormalizeError::Empty),
        (b" \r\n", NormalizeError::Empty),
        (b"text", NormalizeError::NotJson),
        (b"{\"a\":1", NormalizeError::NotJson),
        (b"{\"a\":1}x", NormalizeError::NotJson),
        (b"\"\xff\"", NormalizeError::NotJson),
        (b"\x08\x08\x08", NormalizeError::NotJson),
    ] {
        assert_eq!(outcome(plaintext, &delivery(Some(4))), Err(expected));
        assert_eq!(expected.code(), "not_json");
    }
}
