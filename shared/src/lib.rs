//! What IoT platforms push about devices: proven genuine, staged durably, turned into one event
//! format, forwarded in order.
//!
//! # Layout
//!
//! In the order in which a message meets them:
//!
//! * [`config`]: sources, targets and limits, parsed from documents, every problem reported at once.
//! * [`clock`]: the time of day, as a value that tests can set.
//! * [`source`]: platforms, channels and the names of sources.
//! * [`secret`]: text that never prints.
//! * [`endpoint`]: an HTTP request turned into a proven message, and the words of every refusal.
//! * [`signature`]: the platform's signature scheme, its grammar, freshness and ambiguity rule.
//! * [`identity`]: ids and groups, as hashes over length-delimited fields.
//! * [`tencent`]: the envelopes, topics and identity of Tencent Cloud's messages.
//! * [`tuya`]: access, topics, envelopes and identity of Tuya's messages.
//! * [`kafka`]: a record of a Kafka topic made a message for the staging queue.
//! * [`staged`]: a message on the staging queue: one line of provenance, then the original.
//! * [`json`]: JSON read without taking it apart further than asked.
//! * [`lenient_base64`]: base64 as it is met, in either alphabet and with line breaks.
//! * [`normalize`]: a staged message turned into events.
//! * [`event`]: the event format, CloudEvents 1.0.
//! * [`timestamp`]: points in time as the platforms write them and as events show them.
//! * [`aws`]: what all clients of AWS share.
//! * [`documents`]: where the configuration's documents are, and how they are read.
//! * [`queue`]: queues of SQS to send to.
//! * [`ordered`]: sends that keep the order of each group under partial failure.
//! * [`pull`]: messages pulled from a broker, staged in batches, acknowledged once they are staged.
//! * [`panics`]: a panic over one message ends the work on that message alone, and quotes nothing.
//! * [`quarantine`]: what cannot be understood, with the reason and the original.
//! * [`occurrence`]: what happens, each with its log line and its counter.
//! * [`telemetry`]: log lines and metrics of the functions.

pub mod aws;
pub mod clock;
pub mod config;
pub mod documents;
pub mod endpoint;
pub mod event;
pub mod identity;
pub mod json;
pub mod kafka;
pub mod lenient_base64;
pub mod normalize;
pub mod occurrence;
pub mod ordered;
pub mod panics;
pub mod pull;
pub mod quarantine;
pub mod queue;
pub mod secret;
pub mod signature;
pub mod source;
pub mod staged;
pub mod telemetry;
pub mod tencent;
pub mod timestamp;
pub mod tuya;
