//! Apache Kafka as a child process, for whoever plays CKafka.
//!
//! # Layout
//!
//! - `server`: the process, which can be killed and started again.
//! - `certificate`: what its listener with TLS shows.
//! - `member`: another member of a group.
//! - `records`: topics, records, and what groups have committed.
//! - `rights`: what the user may not do.

mod certificate;
mod member;
mod records;
mod rights;
mod server;

pub use krafka::Compression;
pub use member::Member;
pub use records::{Outgoing, Place};
pub use server::{Kafka, PASSWORD, USER};
