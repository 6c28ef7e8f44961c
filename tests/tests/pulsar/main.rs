//! Messages pulled as from Tuya's message service, out of Apache Pulsar itself: real brokers, real
//! processes, a real queue.
//!
//! # Layout
//!
//! - `setting`: projects, a staging queue, and the function between them.
//! - `staged`: what is on the staging queue.
//! - `harness`: that the broker is one like Tuya's.
//! - `window`: invocations as they should be.
//! - `outage`: the queue, the broker or the function gone, and back.
//! - `refusal`: what is wrong with a source.
//! - `content`: what becomes of messages.
//! - `forever`: pulls without an end.
//! - `commands`: what people try a source with, and play Tuya with.
//! - `load`: many messages of many devices.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod commands;
mod content;
mod forever;
mod harness;
mod load;
mod outage;
mod refusal;
mod setting;
mod staged;
mod window;
