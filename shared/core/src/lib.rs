//! Verifies the messages that IoT platforms push about devices, stages them, and turns them into one
//! event format.
//!
//! This crate does no I/O and reads no clock. It depends on no async runtime and on no AWS client.
//!
//! # Layout
//!
//! In the order in which a message passes them:
//!
//! * [`config`]: parses sources, targets and limits from documents, and reports every problem at
//!   once.
//! * [`source`]: platforms, channels and the names of sources.
//! * [`secret`]: text that is never printed.
//! * [`signature`]: Tencent Cloud's signature scheme, its grammar, freshness and ambiguity rule.
//! * [`identity`]: ids and groups, as hashes over length-delimited fields.
//! * [`tencent`]: the envelopes, topics and identity of Tencent Cloud's messages.
//! * [`tuya`]: access, topics, envelopes and identity of Tuya's messages.
//! * [`kafka`]: makes a message for the staging queue from a record of a Kafka topic.
//! * [`panics`]: limits a panic over one message to that message.
//! * [`replay`]: the mark of a message that an operator has staged again.
//! * [`staged`]: a message on the staging queue: one line of provenance, then the original.
//! * [`archive`]: a line of the archive.
//! * [`json`]: JSON values, kept as the text that came.
//! * [`lenient_base64`]: base64 in either alphabet and with line breaks.
//! * [`normalize`]: turns a staged message into events.
//! * [`event`]: the event format, CloudEvents 1.0.
//! * [`test_event`]: the event by which an operator tries a target.
//! * [`filter`]: which events a target takes.
//! * [`timestamp`]: points in time as the platforms write them and as events show them.
//! * `arn`: names of resources in AWS.
//! * [`queue_url`]: the URL of an SQS queue.
//! * [`topic_arn`]: the ARN of an SNS topic.
//! * [`event_bus_name`]: the name or ARN of an EventBridge event bus.
//! * [`webhook`]: the URL, the allowed addresses and the signatures of a webhook.
//! * [`message`]: a message for a queue, a topic or an event bus.

pub mod archive;
mod arn;
pub mod config;
pub mod event;
pub mod event_bus_name;
pub mod filter;
pub mod identity;
pub mod json;
pub mod kafka;
pub mod lenient_base64;
pub mod message;
pub mod normalize;
pub mod panics;
pub mod queue_url;
pub mod replay;
pub mod secret;
pub mod signature;
pub mod source;
pub mod staged;
pub mod tencent;
pub mod test_event;
pub mod timestamp;
pub mod topic_arn;
pub mod tuya;
pub mod webhook;
