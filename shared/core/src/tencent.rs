//! Tencent Cloud's messages: envelopes, topics, and the identity of a message and its device.
//!
//! # Layout
//!
//! * [`envelope`]: the three envelopes, recognised by their keys, in any case.
//! * [`topic`]: the system topics.
//! * [`payload`]: the device's payload, taken out of the envelope.
//! * [`identify`](fn@identify): the message's id and group, for the edge.

pub mod envelope;
mod identify;
pub mod payload;
pub mod topic;

pub use envelope::{Envelope, EnvelopeKind, MessageKind};
pub use identify::{
    bound_place, identify, identify_record, identify_unread, identify_unread_record,
};
pub use payload::Payload;
pub use topic::{Topic, TopicFamily};
