//! Tuya's message service: who we are there, where it is, and what its messages look like.
//!
//! # Layout
//!
//! * [`access`]: Access ID and Access Secret, and what follows from them.
//! * [`endpoint`]: where the service is, by region or by URL.
//! * [`topic`]: what can be pulled, and from which environment.
//! * [`cipher`]: how messages are encrypted.
//! * `envelope`: what a message comes in.
//! * [`sign`]: a message's sign.
//! * [`open`](mod@open): a message opened, its sign checked; and the other way round.
//! * [`message`]: what a decrypted message says of itself.
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
