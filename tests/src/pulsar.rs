//! Apache Pulsar as a child process, in place of Tuya's message service.
//!
//! # Layout
//!
//! - `server`: the process, which can be killed and started again.
//! - [`admin`]: its REST API for the administrator.
//! - [`socket`]: a connection to its WebSocket service.
//! - [`gate`]: a proxy in front of it that holds back the messages of clients, or breaks off
//!   connections.
//! - [`project`]: the resources of a Tuya project there: topics, a subscription, messages.
//! - [`puller`]: `thingrelay pull tuya` as a child process.

pub mod admin;
pub mod gate;
pub mod project;
pub mod puller;
mod server;
pub mod socket;

pub use project::{Backlog, Outgoing, Project, Topic};
pub use server::Pulsar;
