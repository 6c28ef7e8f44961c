//! What cannot be understood or forwarded for good: the reason, the time, and the record as it
//! was staged.

use crate::{queue::Message, timestamp::Timestamp};
use serde::Serialize;

/// A record on its way to quarantine.
#[derive(Debug, Clone, Copy)]
pub struct Quarantined<'a> {
    /// The stable word of the reason.
    pub reason: &'a str,
    /// A sentence for people. It never holds content of the message.
    pub detail: &'a str,
    /// When it was decided.
    pub at: Timestamp,
    /// The message's id, where the record can be read.
    pub id: Option<&'a str>,
    /// The source's name, where the record can be read.
    pub source: Option<&'a str>,
    /// The body of the staging queue's message, unchanged.
    pub record: &'a str,
}

impl Quarantined<'_> {
    /// The message for the quarantine queue: one line of JSON that says why, then the record.
    pub fn to_message(&self) -> Message {
        #[derive(Serialize)]
        struct Line<'a> {
            v: u8,
            reason: &'a str,
            detail: &'a str,
            at: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            source: Option<&'a str>,
        }
        let line = Line {
            v: 1,
            reason: self.reason,
            detail: self.detail,
            at: self.at.to_string(),
            id: self.id,
            source: self.source,
        };
        // Serialising text and numbers to memory has no way to fail.
        let mut body = serde_json::to_string(&line).unwrap_or_default();
        body.push('\n');
        body.push_str(self.record);
        Message { body, fifo: None }
    }
}
