//! The harness of the end-to-end tests: real processes, real sockets, the real AWS SDK. It uses no
//! code of the crates under test, so that their errors cannot hide in it.
//!
//! The harness fails a test by a panic, whose message says what it saw.
//!
//! # Layout
//!
//! - [`cloud`]: the HTTP API in front of `push`, the event source in front of `consumer`.
//! - [`config`]: configuration files of the tests.
//! - [`deadline`]: waits for something that must happen soon.
//! - [`process`]: `thingrelay dev` as a child process.
//! - [`session`]: runs a command as on a terminal.
//! - [`searched`]: outputs that `cargo xtask test` searches for secrets.
//! - [`emulator`]: `cargo lambda watch` as a child process.
//! - [`lambda`]: a function's real program, invoked as Lambda does.
//! - [`metrics`]: the metrics in a function's log, extracted as CloudWatch does.
//! - [`http`]: HTTP/1.1 byte for byte over a socket.
//! - [`platform`]: plays Tencent Cloud, signing and pushing.
//! - [`kafka`]: Apache Kafka as a child process, with topics and records.
//! - [`pulsar`]: Apache Pulsar as a child process, and a Tuya project there.
//! - [`tuya`]: plays Tuya, encrypting and signing.
//! - [`staged`]: the messages on the staging queue and in quarantine.
//! - [`message`]: bodies as the platform sends them.
//! - [`queue`]: queues of any SQS server, through the AWS SDK.
//! - [`faulty`]: a proxy in front of an SQS server that fails on demand.
//! - [`schema`]: checks events against the schemas.
//! - [`forwarding`]: the tests of forwarding; the server of the target is a parameter.
//! - [`staging`]: the tests of staging; the server of the queue is a parameter.
//! - [`document`]: the documents of the repository.
//! - [`documents`]: the tests of settings and secrets in AWS; the server is a parameter.
//! - [`template`]: the templates, expanded and resolved.
//! - [`webhook`]: receivers of webhooks as child processes.
//! - [`order`]: numbered messages of many devices, and the check that none is lost or out of order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness fails a test by panicking"
)]

pub mod cloud;
pub mod config;
pub mod deadline;
pub mod document;
pub mod documents;
pub mod emulator;
pub mod faulty;
pub mod forwarding;
pub mod http;
pub mod kafka;
pub mod lambda;
pub mod message;
pub mod metrics;
pub mod order;
pub mod platform;
pub mod process;
pub mod pulsar;
pub mod queue;
pub mod schema;
pub mod searched;
pub mod session;
pub mod staged;
pub mod staging;
pub mod template;
pub mod tuya;
pub mod webhook;
