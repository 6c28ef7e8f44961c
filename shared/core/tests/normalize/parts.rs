//! The typed part of each type.

use crate::message::{FORWARDED_SHOWN, custom_push, event, events, http, kind, status};
use serde_json::{Value, json};

#[test]
fn the_typed_parts() {
    let action = |payload: &str| http("$thing/up/action/P1/meter-7", payload);
    let thing_event = |payload: &str| http("$thing/up/event/P1/meter-7", payload);
    let property = |payload: &str| http("$thing/up/property/P1/meter-7", payload);
    let item =
        |code: &str, value: Value| json!({"code": code, "value": value, "time": FORWARDED_SHOWN});
    let cases = [
        (status("StatusChange", "Online", ""), "online", json!({})),
        (
            status("StatusChange", "Offline", "any text"),
            "offline",
            json!({"reason": "any text"}),
        ),
        (status("Status", "Offline", ""), "offline", json!({})),
        (
            property(
                r#"{"method":"report","params":{"power":1,"color":null,"at":{"lat":"1.5"},"":[],"power ":false}}"#,
            ),
            "properties",
            json!([
                item("power", json!(1)),
                item("color", Value::Null),
                item("at", json!({"lat": "1.5"})),
                item("", json!([])),
                item("power ", json!(false))
            ]),
        ),
        (
            property(r#"{"method":"report","params":{}}"#),
            "properties",
            json!([]),
        ),
        (
            property(r#"{"method":"control_reply","code":0,"params":{"power":0}}"#),
            "properties",
            json!([item("power", json!(0))]),
        ),
        (
            http(
                "$shadow/operation/P1/meter-7",
                r#"{"type":"update","state":{"reported":{"power":1},"desired":{"power":2}}}"#,
            ),
            "properties",
            json!([item("power", json!(1))]),
        ),
        (
            property(
                r#"{"method":"report_info","params":{"imei":"49","device_label":{"append_info":"x"}}}"#,
            ),
            "info",
            json!({"imei": "49", "device_label": {"append_info": "x"}}),
        ),
        (
            thing_event(
                r#"{"method":"event_post","eventId":"hot","type":"alert","version":"1.0","params":{"t":91}}"#,
            ),
            "event",
            json!({"code": "hot", "level": "alert", "params": {"t": 91}}),
        ),
        (
            thing_event(r#"{"method":"event_post","eventId":"hot"}"#),
            "event",
            json!({"code": "hot", "params": {}}),
        ),
        (
            thing_event(r#"{"method":"event_post","eventId":7,"type":{},"params":[1]}"#),
            "event",
            json!({"code": "7", "params": [1]}),
        ),
        (
            action(
                r#"{"method":"action_reply","clientToken":"t1","code":0,"status":"ok","response":{"Code":0}}"#,
            ),
            "action",
            json!({"code": 0, "status": "ok", "response": {"Code": 0}, "token": "t1"}),
        ),
        (
            action(r#"{"method":"action_reply","clientToken":5,"response":null}"#),
            "action",
            json!({"token": "5"}),
        ),
        (
            custom_push(r#""c""#),
            "alert",
            json!({"title": "Too hot", "content": "c", "request_id": "req-1"}),
        ),
        (
            custom_push(r#""{\"a\":1}""#),
            "alert",
            json!({"title": "Too hot", "content": "{\"a\":1}", "request_id": "req-1"}),
        ),
        (
            custom_push(r#"{"a":1}"#),
            "alert",
            json!({"title": "Too hot", "content": "{\"a\":1}", "request_id": "req-1"}),
        ),
        (
            custom_push("17"),
            "alert",
            json!({"title": "Too hot", "content": "17", "request_id": "req-1"}),
        ),
        (
            custom_push("null"),
            "alert",
            json!({"title": "Too hot", "request_id": "req-1"}),
        ),
        (
            r#"{"MsgTitle":5,"RequestId":6}"#.to_owned(),
            "alert",
            json!({"title": "5", "request_id": "6"}),
        ),
    ];
    for (body, part, expected) in cases {
        assert_eq!(event(&body)["data"][part], expected, "{body}");
    }
}

#[test]
fn firmware() {
    let progress = |progress: &str| {
        format!(
            r#"{{"type":"report_progress","report":{{"progress":{progress},"version":"0.2"}}}}"#
        )
    };
    let cases = [
        (
            r#"{"type":"report_version","report":{"version":"0.1"}}"#.to_owned(),
            json!({"state": "version", "version": "0.1"}),
        ),
        (
            r#"{"type":"report_version","report":{"version":3}}"#.to_owned(),
            json!({"state": "version", "version": "3"}),
        ),
        (
            progress(r#"{"state":"downloading","percent":"10","result_code":"0","result_msg":""}"#),
            json!({"state": "downloading", "version": "0.2", "percent": 10, "result_code": 0}),
        ),
        (
            progress(r#"{"state":"burning","percent":10.5,"result_code":0,"result_msg":"x"}"#),
            json!({"state": "burning", "version": "0.2", "percent": 10.5, "result_code": 0, "message": "x"}),
        ),
        (
            progress(r#"{"state":"done"}"#),
            json!({"state": "done", "version": "0.2"}),
        ),
        (
            progress(r#"{"state":"fail","result_code":"-4","result_msg":"no space"}"#),
            json!({"state": "failed", "version": "0.2", "result_code": -4, "message": "no space"}),
        ),
        (
            progress(r#"{"state":"resting","percent":"some","result_code":"E7"}"#),
            json!({"state": "resting", "version": "0.2", "result_code": "E7"}),
        ),
        (
            progress(r#"{"state":"done","percent":"0x10","result_code":"007"}"#),
            json!({"state": "done", "version": "0.2", "result_code": "007"}),
        ),
    ];
    for (payload, expected) in cases {
        let event = event(&http("$ota/report/P1/meter-7", &payload));
        assert_eq!(event["data"]["firmware"], expected, "{payload}");
    }
}

#[test]
fn a_batch_gives_one_event_each_and_loses_no_odd_entry() {
    let payload = r#"{"method":"events_post","events":[
        {"eventId":"hot","type":"alert","timestamp":1795200000,"params":{"t":91}},
        {"type":"info"},
        7,
        {"eventId":"cold"}]}"#;
    let events = events(&http("$thing/up/event/P1/meter-7", payload));
    let found: Vec<&Value> = events
        .iter()
        .filter(|event| kind(event) == "device.event")
        .map(|event| &event["data"]["event"])
        .collect();
    assert_eq!(
        found,
        [
            &json!({"code": "hot", "level": "alert", "params": {"t": 91}}),
            &json!({"code": "cold", "params": {}})
        ]
    );
    let rest: Vec<&str> = events
        .iter()
        .map(kind)
        .filter(|kind| *kind != "device.event")
        .collect();
    assert!(
        !rest.is_empty() && rest.iter().all(|kind| *kind == "device.message"),
        "{rest:?}"
    );
    for event in &events {
        assert_eq!(
            event["data"]["payload"]["events"].as_array().unwrap().len(),
            4
        );
    }
}
