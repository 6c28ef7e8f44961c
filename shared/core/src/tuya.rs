//! Tuya's message service: access, addresses and messages.
//!
//! # Layout
//!
//! * [`access`]: Access ID and Access Secret, and the password and key that follow from them.
//! * [`endpoint`]: where the service is, by region or by URL.
//! * [`topic`]: the topics that can be pulled, and the environments of their devices.
//! * [`cipher`]: how messages are encrypted.
//! * `envelope`: the envelope of a message.
//! * [`sign`]: the sign of a message.
//! * [`open`](mod@open): opens a message and checks its sign; and the other way round.
//! * [`message`]: the members of a decrypted message.
//! * [`identify`](mod@identify): the message's id and group, for the edge.

pub mod access;
pub mod cipher;
pub mod endpoint;
mod envelope;
pub mod identify;
pub mod message;
pub mod open;
pub mod sign;
pub mod topic;

pub use access::{Access, AccessId, AccessKey};
pub use cipher::Mode;
pub use endpoint::{Endpoint, EndpointError, REGIONS};
pub use identify::{identify, identify_unopened};
pub use message::Message;
pub use open::{OpenError, OpenedMessage, UnopenedMessage, open, seal};
pub use sign::{SignVerdict, SignaturePolicy};
pub use topic::{Environment, Topic};
