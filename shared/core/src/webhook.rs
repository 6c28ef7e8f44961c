//! A webhook: where a receiver is, which addresses may be connected to, and how a request is signed.
//!
//! # Layout
//!
//! * [`url`]: the receiver's URL.
//! * [`network`]: networks, and the addresses that no public receiver has.
//! * [`signing`]: signatures as in Standard Webhooks.

pub mod network;
pub mod signing;
pub mod url;

pub use network::Network;
pub use signing::{SigningSecret, SigningSecrets};
pub use url::{Host, WebhookUrl};
