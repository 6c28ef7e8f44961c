//! Which payloads of Tencent Cloud's topics may hold secrets: tokens and signatures that bind
//! devices, and URLs that let anybody read or write a file.
//!
//! Sources: "Gateway sub-device" and "OTA device firmware update" (IoT Hub), "Device binding" and
//! "File management" (IoT Explorer).

use crate::{
    json::Json,
    tencent::{Envelope, EnvelopeKind},
};

/// How a payload's secrets are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// There are no secrets: the members are the customer's.
    None,
    /// Members of JSON are removed by their names. Other payloads are not shown if they may hold
    /// the name of a secret.
    Named,
    /// Members of JSON are removed by their names. Other payloads are not shown.
    Expected,
}

impl Secrets {
    /// Decides by the topic, and by the payload's `method` or `type`.
    ///
    /// The topic need not be well-formed: a topic that begins like one with secrets may carry
    /// secrets.
    pub(super) fn of(envelope: &Envelope<'_>, payload: Option<Json<'_>>) -> Secrets {
        let Some(topic) = envelope.topic_text() else {
            return match envelope.kind {
                EnvelopeKind::Http | EnvelopeKind::Queue => Secrets::Named,
                EnvelopeKind::CustomPush | EnvelopeKind::Unknown => Secrets::None,
            };
        };
        if is_of_the_model(topic, payload) {
            return Secrets::None;
        }
        let mut parts = topic.split('/');
        let mut next = || parts.next().unwrap_or_default().to_ascii_lowercase();
        let (first, second, third) = (next(), next(), next());
        match (&*first, &*second, &*third) {
            ("$gateway" | "$resource", _, _) | ("$thing", _, "service") | ("$ota", "update", _) => {
                Secrets::Expected
            }
            ("$rrpc" | "$broadcast", _, _) | (_, _, "raw") => Secrets::None,
            (name, _, _) if name.starts_with('$') => Secrets::Named,
            _ => Secrets::None,
        }
    }
}

/// Whether the members belong to the product's own model: by the topic, and by a method or type
/// that is known for that topic.
fn is_of_the_model(topic: &str, payload: Option<Json<'_>>) -> bool {
    let mut parts = topic.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (key, known): (_, &[&str]) = match (next(), next(), next()) {
        ("$thing", "up", "property") => (
            "method",
            &["report", "report_info", "get_status", "control_reply"],
        ),
        ("$thing", "down", "property") => (
            "method",
            &[
                "report_reply",
                "report_info_reply",
                "get_status_reply",
                "control",
            ],
        ),
        ("$thing", "up", "event") => ("method", &["event_post", "events_post"]),
        ("$thing", "down", "event") => ("method", &["event_reply"]),
        ("$thing", "up", "action") => ("method", &["action_reply"]),
        ("$thing", "down", "action") => ("method", &["action"]),
        ("$shadow" | "$template", "operation", _) => {
            ("type", &["get", "update", "delta", "delete"])
        }
        _ => return false,
    };
    let word = payload.and_then(|payload| payload.pick([key])[0]?.non_empty_text());
    word.is_some_and(|word| known.contains(&&*word))
}
