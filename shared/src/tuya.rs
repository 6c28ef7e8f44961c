//! Tuya's message service: who we are there, where it is, and what its messages look like.
//!
//! # Layout
//!
//! * [`access`]: Access ID and Access Secret, and what follows from them.
//! * [`endpoint`]: where the service is, by region or by URL.
//! * [`topic`]: what can be pulled, and from which environment.
//! * [`sign`]: what becomes of a message's sign.

pub mod access;
pub mod endpoint;
pub mod sign;
pub mod topic;

pub use access::{Access, AccessId, AccessKey};
pub use endpoint::{Endpoint, EndpointError, REGIONS};
pub use sign::{SignVerdict, SignaturePolicy};
pub use topic::{Environment, Topic};
