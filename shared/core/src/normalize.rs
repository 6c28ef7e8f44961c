//! Turns a staged message into events.
//!
//! No authentic message is dropped. A message without a type of its own becomes `device.message`,
//! or `message` if it names no device. A message that is not JSON goes to quarantine.
//!
//! # Layout
//!
//! * `content`: the payload, as events show it.
//! * `draft`: an event before it is written.
//! * `outgoing_event`: an event on its way to the targets.
//! * `secrets`: which members of a payload hold secrets.
//! * `tencent`, `tuya`: the events of a message of the platform.

mod content;
mod draft;
mod outgoing_event;
mod secrets;
mod tencent;
mod tuya;

pub use outgoing_event::OutgoingEvent;

use crate::{
    json::{Json, redact},
    source::Decoding,
    staged::{Staged, Transport},
};

/// Why a message gives no event. Another try would fail in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NormalizeError {
    /// The message is empty.
    #[error("the body is empty")]
    Empty,
    /// The message is not JSON.
    #[error("the body is not JSON")]
    NotJson,
}

impl NormalizeError {
    /// The stable code: part of the interface, in the quarantine queue, counters and documents.
    pub fn code(self) -> &'static str {
        match self {
            NormalizeError::Empty | NormalizeError::NotJson => "not_json",
        }
    }
}

/// An original as it may be shown: JSON without the members whose names are those of secrets. `None`
/// for what is not JSON and may hold a secret, and for what is not text.
pub fn shown(original: &[u8]) -> Option<String> {
    if let Some(json) = Json::read(original) {
        let without = redact::without(json, secrets::RULES, &[]);
        return Some(without.unwrap_or_else(|| json.as_str().to_owned()));
    }
    let text = std::str::from_utf8(original).ok()?;
    (!secrets::may_hold_one(text)).then(|| text.to_owned())
}

/// Turns a message into one or more events.
///
/// # Errors
/// [`NormalizeError`], without any content of the message.
pub fn normalize(
    staged: &Staged<'_>,
    decoding: Decoding,
) -> Result<Vec<OutgoingEvent>, NormalizeError> {
    if staged.original.trim_ascii().is_empty() {
        return Err(NormalizeError::Empty);
    }
    let body = Json::read(&staged.original).ok_or(NormalizeError::NotJson)?;
    Ok(match &staged.transport {
        Transport::Http | Transport::Kafka(_) => tencent::events(staged, body, decoding),
        Transport::Pulsar(delivery) => tuya::events(staged, delivery, body),
    })
}
