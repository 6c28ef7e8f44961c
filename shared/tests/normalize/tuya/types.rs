//! The type and the typed part of each row of the reference's table.

use super::message::{SENT, core, delivered, delivery, event, legacy, outcome, report};
use crate::message::kind;
use serde_json::{Value, json};
use thingrelay::normalize::Unintelligible;

struct Case {
    protocol: i64,
    plaintext: String,
    kind: &'static str,
    part: &'static str,
    expected: Value,
}

fn case(
    protocol: i64,
    plaintext: String,
    kind: &'static str,
    part: &'static str,
    expected: Value,
) -> Case {
    Case {
        protocol,
        plaintext,
        kind,
        part,
        expected,
    }
}

fn typed() -> Vec<Case> {
    vec![
        case(
            4,
            report(r#"{"code":"switch_1","value":true,"t":1795233600000,"1":"true"}"#),
            "device.properties",
            "properties",
            json!([{"code": "switch_1", "value": true, "time": "2026-11-21T04:00:00Z", "dp_id": "1"}]),
        ),
        case(
            1000,
            core(
                "devicePropertyMessage",
                r#""dataId":"DA7A","properties":[{"code":"switch_1","dpId":1,"time":1795233600000,"value":true}]"#,
            ),
            "device.properties",
            "properties",
            json!([{"code": "switch_1", "value": true, "time": "2026-11-21T04:00:00Z", "dp_id": "1"}]),
        ),
        case(
            20,
            legacy("online", r#"{"time":1795233601000,"uid":"u1"}"#),
            "device.online",
            "online",
            json!({"user": "u1"}),
        ),
        case(
            20,
            legacy("offline", r#"{"time":1795233601000}"#),
            "device.offline",
            "offline",
            json!({}),
        ),
        case(
            1001,
            core("deviceOnline", r#""uid":"u1","time":1795233601000"#),
            "device.online",
            "online",
            json!({"user": "u1"}),
        ),
        case(
            1001,
            core("deviceOffline", r#""uid":17,"time":1795233601000"#),
            "device.offline",
            "offline",
            json!({"user": "17"}),
        ),
        case(
            20,
            legacy("nameUpdate", r#"{"devId":"vdev01","uid":"u1","name":"Hall é"}"#),
            "device.renamed",
            "renamed",
            json!({"name": "Hall é", "user": "u1"}),
        ),
        case(
            1001,
            core("deviceNameUpdate", r#""name":"","uuid":"77aa""#),
            "device.renamed",
            "renamed",
            json!({"name": ""}),
        ),
        case(
            20,
            legacy("dpNameUpdate", r#"{"devId":"vdev01","dpId":"3","name":"Left"}"#),
            "datapoint.renamed",
            "datapoint",
            json!({"dp_id": "3", "name": "Left"}),
        ),
        case(
            20,
            legacy("dpNameUpdate", r#"{"dpId":3,"name":"Left"}"#),
            "datapoint.renamed",
            "datapoint",
            json!({"dp_id": "3", "name": "Left"}),
        ),
        case(
            20,
            legacy(
                "bindUser",
                r#"{"devId":"vdev01","uid":"u1","ownerId":"900","uuid":"77aa","token":"EUx"}"#,
            ),
            "device.bound",
            "bound",
            json!({"user": "u1", "owner": "900", "uuid": "77aa"}),
        ),
        case(
            1001,
            core(
                "deviceBindSpace",
                r#""spaceId":"1700","uid":"u1","uuid":"77aa","token":"EUx""#,
            ),
            "device.bound",
            "bound",
            json!({"user": "u1", "space": "1700", "uuid": "77aa"}),
        ),
        case(
            1001,
            core("deviceUnbindSpace", r#""spaceId":1700,"uid":"u1","token":"EUx""#),
            "device.unbound",
            "unbound",
            json!({"user": "u1", "space": "1700"}),
        ),
        case(
            20,
            legacy("delete", r#"{"devId":"vdev01","uid":"u1","ownerId":"900"}"#),
            "device.unbound",
            "unbound",
            json!({"user": "u1", "owner": "900"}),
        ),
        case(
            20,
            legacy(
                "upgradeStatus",
                r#"{"devId":"vdev01","upgradeStatus":2,"moduleType":0,"description":"spring","oldVersion":"1.0.1","newVersion":"1.0.2"}"#,
            ),
            "device.firmware",
            "firmware",
            json!({"state": "updating", "version": "1.0.2", "previous_version": "1.0.1", "module": 0, "message": "spring"}),
        ),
        case(
            20,
            legacy(
                "upgradeStatus",
                r#"{"devId":"vdev01","upgradeStatus":"3","moduleType":"9","description":""}"#,
            ),
            "device.firmware",
            "firmware",
            json!({"state": "done", "module": 9}),
        ),
        case(
            20,
            legacy(
                "upgradeProcess",
                r#"{"devId":"vdev01","firmwareType":0,"progress":40}"#,
            ),
            "device.firmware",
            "firmware",
            json!({"state": "updating", "module": 0, "percent": 40}),
        ),
        case(
            20,
            legacy("upgradeProcess", r#"{"progress":"40"}"#),
            "device.firmware",
            "firmware",
            json!({"state": "updating", "percent": 40}),
        ),
        case(
            1002,
            core("deviceOtaProgress", r#""progress":99.5"#),
            "device.firmware",
            "firmware",
            json!({"state": "updating", "percent": 99.5}),
        ),
        case(
            1000,
            core(
                "deviceEventMessage",
                r#""eventCode":"fault","outputParams":{"celsius":91.50}"#,
            ),
            "device.event",
            "event",
            json!({"code": "fault", "params": {"celsius": 91.5}}),
        ),
        case(
            1000,
            core("deviceEventMessage", r#""eventCode":"fault""#),
            "device.event",
            "event",
            json!({"code": "fault", "params": {}}),
        ),
        case(
            20,
            legacy(
                "event_notify",
                r#"{"devId":"vdev01","edata":"aGFsbA==","etype":"doorbell"}"#,
            ),
            "device.event",
            "event",
            json!({"code": "doorbell", "params": "aGFsbA=="}),
        ),
        case(
            1000,
            core(
                "deviceActionResponseMessage",
                r#""actionCode":"open","code":0,"msgId":"m-1","outputParams":{"valve":"open"}"#,
            ),
            "device.action",
            "action",
            json!({"name": "open", "code": 0, "token": "m-1", "response": {"valve": "open"}}),
        ),
        case(
            1000,
            core("deviceActionResponseMessage", ""),
            "device.action",
            "action",
            json!({}),
        ),
        case(
            10000,
            r#"{"bizCode":"HighPriorityNotice","bizData":{"eventType":"pulsar_backlog_notice","eventData":"{\"backLogNum\":2100}"},"ts":1795233602200}"#.to_owned(),
            "alert",
            "alert",
            json!({"title": "pulsar_backlog_notice", "content": "{\"backLogNum\":2100}"}),
        ),
        case(
            10000,
            r#"{"bizCode":"HighPriorityNotice","bizData":{"eventType":"pulsar_backlog_notice","eventData":{"backLogNum":2100}}}"#.to_owned(),
            "alert",
            "alert",
            json!({"title": "pulsar_backlog_notice", "content": "{\"backLogNum\":2100}"}),
        ),
        case(
            10000,
            r#"{"bizCode":"HighPriorityNotice"}"#.to_owned(),
            "alert",
            "alert",
            json!({}),
        ),
    ]
}

#[test]
fn each_row_has_its_type() {
    for case in typed() {
        let event = event(case.protocol, &case.plaintext);
        assert_eq!(kind(&event), case.kind, "{}", case.plaintext);
        assert_eq!(
            event["data"][case.part], case.expected,
            "{}",
            case.plaintext
        );
        let device = (case.kind != "alert").then(|| json!({"product": "p1key", "name": "vdev01"}));
        assert_eq!(
            event["data"].get("device"),
            device.as_ref(),
            "{}",
            case.plaintext
        );
    }
}

#[test]
fn a_known_code_means_the_same_under_any_protocol() {
    for case in typed()
        .into_iter()
        .filter(|case| case.plaintext.contains("bizCode"))
    {
        for protocol in [None, Some(4), Some(20), Some(1001), Some(9999), Some(-1)] {
            let event = delivered(&case.plaintext, &delivery(protocol));
            assert_eq!(kind(&event), case.kind, "{protocol:?} {}", case.plaintext);
            assert_eq!(event["data"][case.part], case.expected);
        }
    }
}

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
        (20, report(r#"{"code":"a","value":1}"#)),
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
        (&b""[..], Unintelligible::Empty),
        (b" \r\n", Unintelligible::Empty),
        (b"text", Unintelligible::NotJson),
        (b"{\"a\":1", Unintelligible::NotJson),
        (b"{\"a\":1}x", Unintelligible::NotJson),
        (b"\"\xff\"", Unintelligible::NotJson),
        (b"\x08\x08\x08", Unintelligible::NotJson),
    ] {
        assert_eq!(outcome(plaintext, &delivery(Some(4))), Err(expected));
        assert_eq!(expected.word(), "not_json");
    }
}

#[test]
fn an_event_whole() {
    let plaintext = legacy("online", r#"{"time":1795233602,"uid":"u1"}"#);
    let mut event = event(20, &plaintext);
    let id = event["id"].take();
    assert!(id.as_str().unwrap().ends_with("-0"), "{id}");
    assert_eq!(
        event,
        json!({
            "specversion": "1.0",
            "id": null,
            "source": "/tuya/house",
            "type": "io.thingrelay.device.online.v1",
            "subject": "p1key/vdev01",
            "time": "2026-11-21T04:00:02Z",
            "datacontenttype": "application/json",
            "dataschema": "https://thingrelay.io/schemas/device.online.v1.json",
            "partitionkey": "p1key/vdev01",
            "data": {
                "device": {"product": "p1key", "name": "vdev01"},
                "origin": {
                    "platform": "tuya",
                    "channel": "pulsar",
                    "topic": "persistent://hx4madeupaccess/out/event-partition-3",
                    "kind": "online",
                    "protocol": 20,
                    "sign": "valid"
                },
                "online": {"user": "u1"},
                "payload": serde_json::from_str::<Value>(&plaintext).unwrap()
            }
        })
    );
}

#[test]
fn the_device_is_the_inner_one_where_both_are_named() {
    let device = |plaintext: &str| event(20, plaintext)["data"]["device"].take();
    let cases = [
        (
            r#"{"bizCode":"x","bizData":{"devId":"in","productId":"pin"},"devId":"out","productKey":"pout"}"#,
            json!({"product": "pin", "name": "in"}),
        ),
        (
            r#"{"bizCode":"x","bizData":{"devId":"in"},"devId":"out","productKey":"pout"}"#,
            json!({"product": "pout", "name": "in"}),
        ),
        (
            r#"{"bizCode":"x","bizData":{"productId":"pin"},"devId":"out"}"#,
            json!({"product": "pin", "name": "out"}),
        ),
        (
            r#"{"bizCode":"x","bizData":{"devId":"","productId":null},"devId":"out","productKey":"pout"}"#,
            json!({"product": "pout", "name": "out"}),
        ),
        (
            r#"{"bizCode":"x","bizData":[],"devId":7,"productKey":8}"#,
            json!({"product": "8", "name": "7"}),
        ),
        (r#"{"bizCode":"x","devId":"out"}"#, json!({"name": "out"})),
    ];
    for (plaintext, expected) in cases {
        assert_eq!(device(plaintext), expected, "{plaintext}");
    }
}

#[test]
fn states_of_an_update() {
    let cases = [
        ("1", "ready"),
        ("2", "updating"),
        ("3", "done"),
        ("4", "failed"),
        ("\"4\"", "failed"),
        ("7", "failed"),
        ("0", "0"),
        ("\"paused\"", "paused"),
        ("\"\"", "unknown"),
        ("null", "unknown"),
        ("{}", "unknown"),
    ];
    for code in ["upgradeStatus", "deviceOtaProgress"] {
        for (status, expected) in cases {
            let plaintext = core(code, &format!(r#""upgradeStatus":{status}"#));
            let event = event(20, &plaintext);
            assert_eq!(
                event["data"]["firmware"],
                json!({"state": expected}),
                "{plaintext}"
            );
            assert_eq!(event["time"], SENT);
        }
    }
}
