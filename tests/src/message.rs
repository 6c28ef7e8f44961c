//! Bodies as the platform sends them, with made-up products and devices.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The product of every message that names no other product.
pub const PRODUCT: &str = "QX7TESTPID";

/// The envelope that the rule engine adds to a device's payload over HTTP.
pub fn http_envelope(
    device: &str,
    topic: &str,
    seq: u64,
    timestamp: u64,
    payload: &Value,
) -> Vec<u8> {
    json!({
        "devicename": device,
        "productid": PRODUCT,
        "topic": topic,
        "payload": payload,
        "seq": seq,
        "timestamp": timestamp,
    })
    .to_string()
    .into_bytes()
}

/// A device reports one property, `count`.
pub fn report(device: &str, seq: u64, timestamp: u64, count: u64) -> Vec<u8> {
    let topic = format!("$thing/up/property/{PRODUCT}/{device}");
    let payload = json!({"method": "report", "clientToken": "t", "params": {"count": count}});
    http_envelope(device, &topic, seq, timestamp, &payload)
}

/// The envelope of messages that the platform sends to a queue, and perhaps over HTTP too. `time`
/// is local time, `YYYY-MM-DD HH:MM:SS`.
pub fn queue_envelope(device: &str, topic: &str, seq: u64, time: &str, payload: &[u8]) -> Vec<u8> {
    json!({
        "MsgType": "Publish",
        "Event": "",
        "Topic": topic,
        "Seq": seq,
        "PayloadLen": payload.len(),
        "ProductId": PRODUCT,
        "DeviceName": device,
        "Payload": STANDARD.encode(payload),
        "Time": time,
        "Reason": "",
    })
    .to_string()
    .into_bytes()
}

/// A device comes on line or goes off line: `event` is `Online` or `Offline`.
pub fn status_change(device: &str, event: &str, seq: u64, time: &str, reason: &str) -> Vec<u8> {
    json!({
        "MsgType": "StatusChange",
        "Event": event,
        "Topic": "",
        "Seq": seq,
        "PayloadLen": 0,
        "ProductId": PRODUCT,
        "DeviceName": device,
        "Payload": null,
        "Time": time,
        "Reason": reason,
    })
    .to_string()
    .into_bytes()
}

/// A message of a custom push rule.
pub fn custom_push(device: &str, request_id: &str, timestamp: u64) -> Vec<u8> {
    json!({
        "DeviceName": device,
        "ProductId": PRODUCT,
        "MsgTitle": "Too warm",
        "MsgContent": "The boiler room is above 60 degrees",
        "RequestId": request_id,
        "Timestamp": timestamp,
    })
    .to_string()
    .into_bytes()
}
