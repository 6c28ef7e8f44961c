//! Messages pulled as from Tuya's message service, out of Apache Pulsar itself: real brokers, real
//! processes, a real queue.
//!
//! # Layout
//!
//! - `harness`: that the broker is one like Tuya's, and that it comes and goes as it is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod harness;
