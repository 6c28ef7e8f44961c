//! The type and the typed part for each row of the table in the reference.

use super::message::{SENT, core, delivered, delivery, event, legacy, report};
use crate::message::kind;
use serde_json::{Value, json};

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
