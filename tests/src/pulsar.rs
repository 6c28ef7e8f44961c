//! Apache Pulsar as a child process, for whoever plays Tuya's message service.
//!
//! # Layout
//!
//! - `server`: the process, which can be killed and started again.
//! - [`admin`]: its REST API for the administrator.
//! - [`socket`]: a connection to its WebSocket service.
//! - [`gate`]: a proxy in front of it that holds back what clients say, or breaks off.
//! - [`project`]: what a Tuya project has there: topics, a subscription, messages.
//! - [`puller`]: `thingrelay pull tuya` as a child process.

pub mod admin;
pub mod gate;
pub mod project;
pub mod puller;
mod server;
pub mod socket;

pub use project::{Backlog, Outgoing, Project, Topic};
pub use server::Pulsar;
