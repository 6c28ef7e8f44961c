//! A whole event, and the device that it is about.

use super::message::{event, legacy};
use serde_json::{Value, json};

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
