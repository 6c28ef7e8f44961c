//! What IoT platforms push about devices: proven genuine, made a message for the staging queue, turned
//! into one event format.
//!
//! This crate does no I/O and reads no clock: it depends on no async runtime and on no client of AWS.
//!
//! # Layout
//!
//! In the order in which a message meets them:
//!
//! * [`config`]: sources, targets and limits, parsed from documents, every problem reported at once.
//! * [`source`]: platforms, channels and the names of sources.
//! * [`secret`]: text that never prints.
//! * [`signature`]: the platform's signature scheme, its grammar, freshness and ambiguity rule.
//! * [`identity`]: ids and groups, as hashes over length-delimited fields.
//! * [`tencent`]: the envelopes, topics and identity of Tencent Cloud's messages.
//! * [`tuya`]: access, topics, envelopes and identity of Tuya's messages.
//! * [`kafka`]: a record of a Kafka topic made a message for the staging queue.
//! * [`panics`]: a panic over one message ends the work on that message alone.
//! * [`staged`]: a message on the staging queue: one line of provenance, then the original.
//! * [`json`]: JSON read without taking it apart further than asked.
//! * [`lenient_base64`]: base64 in either alphabet and with line breaks.
//! * [`normalize`]: a staged message turned into events.
//! * [`event`]: the event format, CloudEvents 1.0.
//! * [`timestamp`]: points in time as the platforms write them and as events show them.
//! * [`queue_url`]: where an SQS queue is, and what its URL says about it.
//! * [`message`]: a message for a queue.

pub mod config;
pub mod event;
pub mod identity;
pub mod json;
pub mod kafka;
pub mod lenient_base64;
pub mod message;
pub mod normalize;
pub mod panics;
pub mod queue_url;
pub mod secret;
pub mod signature;
pub mod source;
pub mod staged;
pub mod tencent;
pub mod timestamp;
pub mod tuya;
