//! Apache Kafka as a child process, in place of CKafka.
//!
//! # Layout
//!
//! - `server`: the process, which can be killed and started again.
//! - `certificate`: the certificates of its TLS listeners.
//! - `member`: another member of a group.
//! - `records`: topics, records, and the committed offsets of groups.
//! - `rights`: actions that the user is forbidden.

mod certificate;
mod member;
mod records;
mod rights;
mod server;

pub use krafka::Compression;
pub use member::Member;
pub use records::{Outgoing, Place};
pub use server::{Kafka, PASSWORD, USER};
