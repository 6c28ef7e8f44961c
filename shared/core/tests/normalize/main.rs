//! From a platform's message to its events.
//!
//! Every event of every test here is checked against its schema and against that of CloudEvents.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod document;
mod envelopes;
mod gateway;
mod identity;
mod lenient;
mod message;
mod parts;
mod payloads;
mod properties;
mod schema;
mod secret_texts;
mod secrets;
mod time;
mod topics;
mod tuya;
