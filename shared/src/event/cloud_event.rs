//! The envelope of CloudEvents 1.0 around an event's data.
//!
//! Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>; `partitionkey`
//! is its partitioning extension.

use super::data::Data;
use crate::timestamp::Timestamp;
use serde::Serialize;

/// An event, ready to be written as JSON.
#[derive(Debug, Serialize)]
pub struct CloudEvent<'a> {
    /// The version of CloudEvents.
    pub specversion: &'static str,
    /// The message's id, `-`, and the event's number within the message.
    pub id: &'a str,
    /// `/{platform}/{source name}`.
    pub source: &'a str,
    /// `io.thingrelay.….v1`.
    pub r#type: &'static str,
    /// `{product}/{device}`, if a device is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    /// When it happened: by the device, else by the platform, else when it was received.
    pub time: Timestamp,
    /// Of `data`.
    pub datacontenttype: &'static str,
    /// The id of the JSON Schema of `data`.
    pub dataschema: &'static str,
    /// The same as the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitionkey: Option<&'a str>,
    /// What happened.
    pub data: Data<'a>,
}
