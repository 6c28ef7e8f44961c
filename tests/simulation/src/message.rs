//! What sources send, and the reference model of what must come out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::temper::Temper;

/// The product of every device.
const PRODUCT: &str = "QX7SIMULATE";

/// The word that a body has if its record ends the invocation.
pub const DEADLY: &str = "ends-its-invocation";

/// The word that an event has if a target refuses it for good.
pub const REFUSED: &str = "refused-for-good";

/// A message that a source sends, known by its number.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its number.
    pub number: usize,
    /// The original.
    pub body: Vec<u8>,
    /// Who sends it: the order of one sender's messages is kept.
    pub sender: String,
    /// What must come out of it.
    pub expected: Expected,
    /// Whether it comes by a broker.
    pub is_pulled: bool,
    /// Whether a copy that is signed again is the same message: it has an identity of its own.
    pub has_identity: bool,
}

/// What must come out of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// These events, by type and subject, in this order.
    Events(Vec<(&'static str, Option<String>)>),
    /// The same events at the targets that take them, and quarantine, as a target refuses one.
    EventsAndRefused(Vec<(&'static str, Option<String>)>),
    /// Quarantine, for this reason.
    Quarantine(&'static str),
    /// A dead letter.
    Dead,
}

impl Sent {
    /// The message of a number, as chance has it.
    pub fn of(number: usize, temper: &Temper, choices: &Choices) -> Sent {
        let mut chance = choices.at("message");
        let device = format!("d{}", chance.rng.u64(..temper.devices));
        let subject = |device: &str| Some(format!("{PRODUCT}/{device}"));
        let is_pulled = chance.happens(temper.pulled);
        let is_deadly = chance.happens(temper.deadly);
        let is_refused = chance.happens(temper.refused);
        let note = match (is_deadly, is_refused) {
            (true, _) => DEADLY,
            (_, true) => REFUSED,
            _ => "",
        };
        let mark = mark(number);
        let seconds = 1_795_233_600 + number;
        // A broker's records are in the envelope of queues.
        let shape = if is_pulled { 6 } else { chance.rng.u32(0..8) };
        let (body, sender, events) = match shape {
            // A report, in the envelope of pushes.
            0..=2 => {
                let payload = json!({"method": "report", "clientToken": mark, "params": {"count": number, "note": note}});
                let topic = format!("$thing/up/property/{PRODUCT}/{device}");
                let events = vec![("device.properties", subject(&device))];
                (
                    pushed(&device, &topic, number, seconds, &payload),
                    device,
                    Some(events),
                )
            }
            // A gateway that tells of sub-devices, of one of them twice.
            3 | 4 => {
                let names: Vec<String> = (0..chance.rng.u64(2..=4))
                    .map(|_| format!("s{}", chance.rng.u64(..2)))
                    .collect();
                let devices: Vec<Value> = names
                    .iter()
                    .map(|name| json!({"product_id": PRODUCT, "device_name": name}))
                    .collect();
                let payload = json!({"type": "online", "mark": mark, "note": note, "payload": {"devices": devices}});
                let topic = format!("$gateway/operation/{PRODUCT}/{device}");
                let events = names.iter().map(|name| ("device.online", subject(name)));
                (
                    pushed(&device, &topic, number, seconds, &payload),
                    device,
                    Some(events.collect()),
                )
            }
            // A custom push.
            5 => {
                let body = json!({
                    "DeviceName": device, "ProductId": PRODUCT, "MsgTitle": "t", "MsgContent": note,
                    "RequestId": mark, "Timestamp": seconds,
                });
                let events = vec![("alert", subject(&device))];
                (body.to_string().into_bytes(), device, Some(events))
            }
            // What cannot be understood.
            7 if chance.happens(0.5) => (
                format!("not JSON {mark} {note}").into_bytes(),
                String::new(),
                None,
            ),
            // An event, in the envelope of queues.
            _ => {
                let payload = json!({"method": "event_post", "clientToken": mark, "eventId": "e", "params": {"note": note}});
                let payload = payload.to_string();
                let body = json!({
                    "MsgType": "Publish", "Event": "", "Topic": format!("$thing/up/event/{PRODUCT}/{device}"),
                    "Seq": number, "PayloadLen": payload.len(), "ProductId": PRODUCT, "DeviceName": device,
                    "Payload": STANDARD.encode(payload), "Time": "2026-11-21 12:00:00", "Reason": format!("{mark} {note}"),
                });
                let events = vec![("device.event", subject(&device))];
                (body.to_string().into_bytes(), device, Some(events))
            }
        };
        let has_identity = events.is_some();
        let expected = match events {
            _ if is_deadly => Expected::Dead,
            None => Expected::Quarantine("not_json"),
            Some(events) if is_refused => Expected::EventsAndRefused(events),
            Some(events) => Expected::Events(events),
        };
        Sent {
            number,
            body,
            sender,
            expected,
            is_pulled,
            has_identity,
        }
    }
}

fn pushed(device: &str, topic: &str, seq: usize, seconds: usize, payload: &Value) -> Vec<u8> {
    let body = json!({
        "devicename": device, "productid": PRODUCT, "topic": topic,
        "payload": payload, "seq": seq, "timestamp": seconds,
    });
    body.to_string().into_bytes()
}

/// What stands in every body, and by which the message is known wherever it comes out.
fn mark(number: usize) -> String {
    format!("zq{number:05}qz")
}

/// The number of the message that a text tells of.
pub fn number_in(text: &str) -> Option<usize> {
    let mut rest = text;
    while let Some(at) = rest.find("zq") {
        rest = rest.get(at + 2..)?;
        let digits = rest.get(..5).filter(|_| rest.get(5..7) == Some("qz"));
        if let Some(number) = digits.and_then(|digits| digits.parse().ok()) {
            return Some(number);
        }
    }
    None
}
