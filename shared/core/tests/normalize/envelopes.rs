//! The envelopes, recognised by their keys, in every spelling.

use crate::message::{
    FORWARDED_SHOWN, QUEUED_SHOWN, RECEIVED, custom_push, event, http, kind, outcome, queue, status,
};
use serde_json::{Value, json};
use thingrelay_core::source::Decoding;

#[test]
fn the_events_of_the_three_envelopes_whole() {
    let id = |event: &Value| event["id"].as_str().unwrap().to_owned();
    let cases = [
        (
            http("P1/meter-7/event", r#"{"power":1}"#),
            json!({
                "type": "io.thingrelay.device.message.v1",
                "dataschema": "https://thingrelay.io/schemas/device.message.v1.json",
                "subject": "P1/meter-7", "partitionkey": "P1/meter-7", "time": FORWARDED_SHOWN,
                "data": {
                    "device": {"product": "P1", "name": "meter-7"},
                    "origin": {"platform": "tencent-iot-hub", "channel": "http", "topic": "P1/meter-7/event", "seq": 12, "kind": "forward"},
                    "message": {"format": "json"},
                    "payload": {"power": 1}
                }
            }),
        ),
        (
            status("StatusChange", "Offline", "REASON_DEVICE_DISCONNECT"),
            json!({
                "type": "io.thingrelay.device.offline.v1",
                "dataschema": "https://thingrelay.io/schemas/device.offline.v1.json",
                "subject": "P1/meter-7", "partitionkey": "P1/meter-7", "time": QUEUED_SHOWN,
                "data": {
                    "device": {"product": "P1", "name": "meter-7"},
                    "origin": {"platform": "tencent-iot-hub", "channel": "http", "seq": 32, "kind": "Offline"},
                    "offline": {"reason": "REASON_DEVICE_DISCONNECT"}
                }
            }),
        ),
        (
            custom_push(r#""91 degrees""#),
            json!({
                "type": "io.thingrelay.alert.v1",
                "dataschema": "https://thingrelay.io/schemas/alert.v1.json",
                "subject": "P1/meter-7", "partitionkey": "P1/meter-7", "time": FORWARDED_SHOWN,
                "data": {
                    "device": {"product": "P1", "name": "meter-7"},
                    "origin": {"platform": "tencent-iot-hub", "channel": "http", "kind": "custom_push"},
                    "alert": {"title": "Too hot", "content": "91 degrees", "request_id": "req-1"},
                    "payload_text": "91 degrees"
                }
            }),
        ),
        (
            r#"{"house":"north","temperature":40}"#.to_owned(),
            json!({
                "type": "io.thingrelay.message.v1",
                "dataschema": "https://thingrelay.io/schemas/message.v1.json",
                "time": RECEIVED,
                "data": {
                    "origin": {"platform": "tencent-iot-hub", "channel": "http", "kind": "unknown"},
                    "message": {"format": "json"},
                    "payload": {"house": "north", "temperature": 40}
                }
            }),
        ),
    ];
    for (body, mut expected) in cases {
        let event = event(&body);
        expected["specversion"] = "1.0".into();
        expected["id"] = id(&event).into();
        expected["source"] = "/tencent-iot-hub/meters".into();
        expected["datacontenttype"] = "application/json".into();
        assert_eq!(event, expected, "{body}");
    }
}

#[test]
fn keys_come_in_any_case_and_the_older_names_are_known() {
    let status = status("StatusChange", "Online", "");
    let cases = [
        (http("t", "1"), "productid", "ProductId"),
        (http("t", "1"), "productid", "ProductID"),
        (http("t", "1"), "productid", "PRODUCTID"),
        (http("t", "1"), "productid", "ProductName"),
        (http("t", "1"), "payload", "Payload"),
        (http("t", "1"), "devicename", "DeviceName"),
        (http("t", "1"), "topic", "Topic"),
        (http("t", "1"), "seq", "Seq"),
        (http("t", "1"), "timestamp", "TimeStamp"),
        (http("t", "1"), "payload", r"\u0070ayload"),
        (queue("t", b"1"), "MsgType", "msgtype"),
        (queue("t", b"1"), "ProductId", "ProductID"),
        (queue("t", b"1"), "ProductId", "productName"),
        (queue("t", b"1"), "Time", "TIME"),
        (status.clone(), "MsgType", "MSGTYPE"),
        (status.clone(), "Event", "event"),
        (status, "Reason", "reason"),
        (custom_push("\"c\""), "MsgTitle", "msgTitle"),
        (
            custom_push("\"c\""),
            "MsgContent",
            "msg_content"
                .strip_prefix("msg_")
                .map_or("", |_| "MSGCONTENT"),
        ),
        (custom_push("\"c\""), "RequestId", "RequestID"),
        (custom_push("\"c\""), "Timestamp", "timestamp"),
    ];
    for (body, from, to) in cases {
        let other = body.replace(&format!("\"{from}\":"), &format!("\"{to}\":"));
        assert_ne!(body, other);
        let (mut event, mut other) = (event(&body), event(&other));
        if kind(&event) == "alert" {
            // The id covers the whole body.
            event["id"] = other["id"].take();
            other["id"] = event["id"].clone();
        }
        assert_eq!(event, other, "{from} as {to}");
    }
}

#[test]
fn which_envelope_it_is() {
    let cases = [
        // Queue: MsgType, or Event with a device.
        (
            r#"{"MsgType":"Publish","ProductId":"P1","DeviceName":"d","Payload":"eyJhIjoxfQ=="}"#,
            "device.message",
            "Publish",
        ),
        (
            r#"{"MsgType":"Forward","ProductId":"P1","DeviceName":"d","Payload":"eyJhIjoxfQ=="}"#,
            "device.message",
            "Forward",
        ),
        (
            r#"{"MsgType":"BrandNew","ProductId":"P1","DeviceName":"d","Payload":"eyJhIjoxfQ=="}"#,
            "device.message",
            "BrandNew",
        ),
        (
            r#"{"MsgType":"BrandNew","Event":"Online","ProductId":"P1","DeviceName":"d"}"#,
            "device.message",
            "BrandNew",
        ),
        (
            r#"{"MsgType":"Publish","Event":"Online","Topic":"t","ProductId":"P1","DeviceName":"d"}"#,
            "device.message",
            "Publish",
        ),
        (
            r#"{"MsgType":"StatusChange","Event":"Online","ProductId":"P1","DeviceName":"d"}"#,
            "device.online",
            "Online",
        ),
        (
            r#"{"MsgType":"Status","Event":"Offline","ProductId":"P1","DeviceName":"d"}"#,
            "device.offline",
            "Offline",
        ),
        (
            r#"{"MsgType":"statuschange","Event":"ONLINE","ProductId":"P1","DeviceName":"d"}"#,
            "device.online",
            "ONLINE",
        ),
        (
            r#"{"MsgType":"StatusChange","Event":"Dozing","ProductId":"P1","DeviceName":"d"}"#,
            "device.message",
            "Dozing",
        ),
        (
            r#"{"MsgType":"StatusChange","Event":"","ProductId":"P1","DeviceName":"d"}"#,
            "device.message",
            "StatusChange",
        ),
        (
            r#"{"MsgType":"StatusChange","ProductId":"P1","DeviceName":"d"}"#,
            "device.message",
            "StatusChange",
        ),
        (
            r#"{"Event":"Online","ProductId":"P1","DeviceName":"d"}"#,
            "device.online",
            "Online",
        ),
        (
            r#"{"Event":"Online","devicename":"d","productid":"P1","topic":"t","seq":1,"timestamp":2}"#,
            "device.online",
            "Online",
        ),
        (
            r#"{"Event":"Offline","devicename":"d","productid":"P1","topic":"t","payload":"","seq":1}"#,
            "device.offline",
            "Offline",
        ),
        (
            r#"{"MsgType":"StatusChange","Event":"Online","DeviceName":"d"}"#,
            "message",
            "Online",
        ),
        (
            r#"{"MsgType":"StatusChange","Event":"Online"}"#,
            "message",
            "Online",
        ),
        (r#"{"MsgType":"Publish"}"#, "message", "Publish"),
        // Custom push.
        (
            r#"{"MsgTitle":"t","DeviceName":"d","ProductId":"P1"}"#,
            "alert",
            "custom_push",
        ),
        (r#"{"MsgContent":"c"}"#, "alert", "custom_push"),
        (
            r#"{"MsgTitle":"t","MsgContent":"c","Event":"door","DeviceName":"d","ProductId":"P1","Topic":"t","Payload":1}"#,
            "alert",
            "custom_push",
        ),
        (
            r#"{"MsgTitle":7,"MsgContent":{"a":1},"DeviceName":5,"ProductId":6}"#,
            "alert",
            "custom_push",
        ),
        // HTTP.
        (
            r#"{"devicename":"d","productid":"P1","topic":"t"}"#,
            "device.message",
            "forward",
        ),
        (
            r#"{"devicename":"d","productid":"P1","payload":{}}"#,
            "device.message",
            "forward",
        ),
        (
            r#"{"devicename":7,"productid":8,"payload":{}}"#,
            "device.message",
            "forward",
        ),
        // Unknown.
        (
            r#"{"devicename":"d","productid":"P1"}"#,
            "device.message",
            "unknown",
        ),
        (
            r#"{"devicename":"d","productid":"P1","payload":null}"#,
            "device.message",
            "unknown",
        ),
        (
            r#"{"devicename":"","productid":"P1","payload":1}"#,
            "message",
            "unknown",
        ),
        (
            r#"{"devicename":{},"productid":"P1","payload":1}"#,
            "message",
            "unknown",
        ),
        (
            r#"{"devicename":["d"],"productid":"P1","payload":1}"#,
            "message",
            "unknown",
        ),
        (
            r#"{"devicename":true,"productid":"P1","payload":1}"#,
            "message",
            "unknown",
        ),
        (
            r#"{"devicename":"d","payload":1,"topic":"t"}"#,
            "message",
            "unknown",
        ),
        (
            r#"{"productid":"P1","payload":1,"topic":"t"}"#,
            "message",
            "unknown",
        ),
        (r#"{"Event":"Online"}"#, "message", "unknown"),
        ("{}", "message", "unknown"),
        ("[]", "message", "unknown"),
        ("[{\"MsgType\":\"Publish\"}]", "message", "unknown"),
        ("null", "message", "unknown"),
        ("true", "message", "unknown"),
        ("9007199254740993", "message", "unknown"),
        ("\"text\"", "message", "unknown"),
        (" \n 1 \n ", "message", "unknown"),
    ];
    for (body, expected, word) in cases {
        let event = event(body);
        assert_eq!(kind(&event), expected, "{body}");
        assert_eq!(event["data"]["origin"]["kind"], word, "{body}");
    }
}

#[test]
fn a_field_of_a_type_that_makes_no_sense_counts_as_absent() {
    let cases = [
        (http("t", "1").replace("\"seq\":12", "\"seq\":{}"), "seq"),
        (http("t", "1").replace("\"seq\":12", "\"seq\":null"), "seq"),
        (http("t", "1").replace("\"seq\":12", "\"seq\":true"), "seq"),
        (http("t", "1").replace("\"seq\":12", "\"seq\":\"\""), "seq"),
        (http("t", "1").replace("\"t\"", "[\"t\"]"), "topic"),
        (http("t", "1").replace("\"t\"", "\"\""), "topic"),
        (http("t", "1").replace("\"t\"", r#""\ud800""#), "topic"),
    ];
    for (body, field) in cases {
        let event = event(&body);
        assert_eq!(kind(&event), "device.message", "{body}");
        assert_eq!(event["data"]["origin"].get(field), None, "{body}");
        assert_eq!(event["data"]["payload"], 1, "{body}");
    }
}

#[test]
fn the_sequence_number_is_as_it_came() {
    let cases = [
        ("12", "12"),
        ("\"12\"", "\"12\""),
        ("18446744073709551617", "18446744073709551617"),
        ("9007199254740993", "9007199254740993"),
        ("1.50", "1.50"),
        ("-3", "-3"),
        ("\"abc\"", "\"abc\""),
        ("1e400", "\"1e400\""),
    ];
    for (seq, shown) in cases {
        let body = http("t", "1").replace("\"seq\":12", &format!("\"seq\":{seq}"));
        event(&body);
        let json = &outcome(body.as_bytes(), Decoding::default()).unwrap()[0].json;
        assert!(json.contains(&format!("\"seq\":{shown},")), "{seq}: {json}");
    }
}

#[test]
fn unknown_keys_and_repeated_keys_are_no_error() {
    let more = http("t", "1").replacen('{', r#"{"extra":{"topic":"x"},"\ud800":1,"#, 1);
    assert_eq!(event(&more)["data"], event(&http("t", "1"))["data"]);
    let report = r#"{"method":"report","params":{"a":1}}"#;
    for body in [
        http("P1/meter-7/x", "\"AQP/\""),
        http("P1/meter-7/x", report),
        http("$thing/up/property/P1/meter-7", report),
    ] {
        for extra in [
            r#""event":"door""#,
            r#""event":"Online""#,
            r#""event":"""#,
            r#""event":{}"#,
            r#""event":7"#,
            r#""msgTitle":"x""#,
            r#""msgContent":"x""#,
            r#""msgTitle":"x","event":"door""#,
        ] {
            let more = event(&body.replacen('{', &format!("{{{extra},"), 1));
            let plain = event(&body);
            assert_eq!(more["type"], plain["type"], "{extra} {body}");
            assert_eq!(more["data"], plain["data"], "{extra} {body}");
        }
    }
    let twice = http("t", "1").replacen('{', r#"{"Topic":"first","PAYLOAD":0,"#, 1);
    assert_eq!(event(&twice)["data"], event(&http("t", "1"))["data"]);
}

#[test]
fn what_is_no_json_gives_no_event() {
    let cases: [&[u8]; 17] = [
        b"",
        b" ",
        b"\n",
        b"{",
        b"{\"a\":1,}",
        b"[1,]",
        b"{'a':1}",
        b"{\"a\":1} x",
        b"{\"a\":1}{\"a\":1}",
        b"NaN",
        b"01",
        b"+1",
        b"\"a\nb\"",
        b"\"\\x\"",
        b"plain text",
        b"\xff\xfe\x00",
        b"{\"a\":\"\xff\"}",
    ];
    for body in cases {
        let error = outcome(body, Decoding::default()).unwrap_err();
        assert_eq!(error.code(), "not_json", "{body:?}");
        let text = error.to_string();
        assert!(!text.is_empty() && !text.contains("plain"), "{text}");
    }
}

#[test]
fn names_of_any_characters_survive() {
    let name = "a\"b\\c/d e\u{1f600}\u{fffe}\u{0}\n";
    let body =
        json!({"devicename": name, "productid": "ü", "topic": "t", "payload": 1}).to_string();
    let event = event(&body);
    assert_eq!(event["data"]["device"]["name"], name);
    assert_eq!(event["subject"], "ü/a\"b\\c%2Fd e\u{1f600}%EF%BF%BE%00%0A");
}
