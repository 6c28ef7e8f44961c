//! The envelope of CloudEvents 1.0 around an event's data.
//!
//! Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>; `partitionkey`
//! is its partitioning extension, and `replay` an extension of thingrelay's own.

use super::{EventType, data::Data};
use crate::{json::write::ObjectWriter, timestamp::Timestamp};

/// The `specversion` of every event.
pub const SPEC_VERSION: &str = "1.0";

/// The `datacontenttype` of every event.
pub const CONTENT_TYPE: &str = "application/json";

/// An event, ready to be written as JSON.
#[derive(Debug)]
pub struct CloudEvent<'a> {
    /// Hexadecimal digits: the message's id, `-`, and the event's number within the message.
    pub id: &'a str,
    /// `/{platform}/{source name}`.
    pub source: &'a str,
    pub kind: EventType,
    /// `{product}/{device}`, [percent-encoded](super::subject), if the message names a device. Also the
    /// partition key.
    pub subject: Option<&'a str>,
    /// The time of the device, else of the platform, else of receipt.
    pub time: Timestamp,
    /// The run that staged the message again, as the extension `replay`.
    pub replay: Option<&'a str>,
    pub data: Data<'a>,
}

impl CloudEvent<'_> {
    /// The event on one line of JSON. `size_hint` is the number of bytes of its largest part.
    pub fn to_json(&self, size_hint: usize) -> String {
        let mut out = String::with_capacity(size_hint * 2 + 768);
        let mut event = ObjectWriter::begin(&mut out);
        event.plain("specversion", SPEC_VERSION);
        event.plain("id", self.id);
        event.plain("source", self.source);
        event.plain("type", self.kind.as_str());
        event.maybe_text("subject", self.subject);
        event.time("time", self.time);
        event.plain("datacontenttype", CONTENT_TYPE);
        event.plain("dataschema", self.kind.schema());
        event.maybe_text("partitionkey", self.subject);
        event.maybe_text("replay", self.replay);
        self.data.write(event.member("data"));
        event.end();
        out
    }
}
