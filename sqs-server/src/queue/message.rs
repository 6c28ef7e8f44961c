//! A message as its sender gave it, and the state of a copy of it in a queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Millis;
use super::group::GroupId;

/// The part of a message that never changes while it stays in one queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// The id in the answer to the sender (a UUID).
    pub(crate) id: String,
    pub(crate) body: String,
    /// The MD5 of the body, in hex. Every answer to a send or receive has it.
    pub(crate) md5_of_body: String,
    pub(crate) attributes: BTreeMap<String, AttributeValue>,
    /// The one system attribute that a sender may set, `AWSTraceHeader`.
    pub(crate) trace_header: Option<String>,
    pub(crate) group: Option<GroupId>,
    pub(crate) deduplication_id: Option<String>,
    /// When the message was sent, by the wall clock.
    pub(crate) sent: Millis,
    /// The ARN of the queue that this message was moved from as a dead letter.
    pub(crate) dead_letter_source: Option<String>,
}

/// The value of a message attribute: a type such as `Number` or `String.uuid`, and the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttributeValue {
    pub(crate) data_type: String,
    pub(crate) data: AttributeData,
}

/// The data of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AttributeData {
    /// Data of the types String and Number.
    Text(String),
    /// Data of the type Binary.
    Bytes(Vec<u8>),
}

/// The counts of a message's receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Receives {
    /// Receives in all queues that the message passed through (`ApproximateReceiveCount`).
    pub(crate) total: u32,
    /// Receives since the message entered this queue. The redrive policy counts these.
    pub(crate) here: u32,
    /// The time of the first receive, by the wall clock.
    pub(crate) first: Option<Millis>,
    /// The number of the latest receipt, 0 before the first.
    pub(crate) receipt: u64,
}

/// The time of a message in a queue, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Arrival {
    /// The start of its age, for the retention period.
    pub(crate) aged_from: Millis,
    /// When its delay ends, if it has one.
    pub(crate) delayed_until: Option<Millis>,
}

impl Message {
    /// The bytes of the body and the attributes.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| {
            let data = match &value.data {
                AttributeData::Text(text) => text.len(),
                AttributeData::Bytes(bytes) => bytes.len(),
            };
            name.len() + value.data_type.len() + data
        });
        self.body.len() + attributes.sum::<usize>()
    }
}

impl Receives {
    /// The counts without the last receive, which the end of the process interrupted: its outcome
    /// is unknown.
    pub(crate) fn without_last(self) -> Receives {
        let total = self.total.saturating_sub(1);
        Receives {
            total,
            here: self.here.saturating_sub(1),
            first: self.first.filter(|_| total > 0),
            ..self
        }
    }
}

/// Whether the last receive of a message is still under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flight {
    GoesOn,
    Ended,
}

/// One message as a receive delivers it.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) sequence: u64,
    pub(crate) message: Arc<Message>,
    pub(crate) receives: Receives,
}

/// A message taken out of a queue for another one.
#[derive(Debug, Clone)]
pub(crate) struct Removed {
    pub(crate) message: Arc<Message>,
    pub(crate) receives: Receives,
    /// The tick from which the message's age counts.
    pub(crate) aged_from: Millis,
}
