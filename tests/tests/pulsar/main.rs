//! Pulls messages from Apache Pulsar in place of Tuya's message service: real brokers, real
//! processes, a real queue.
//!
//! # Layout
//!
//! - `setting`: projects, a staging queue, and the function between them.
//! - `staged`: the messages on the staging queue.
//! - `harness`: the broker behaves like Tuya's.
//! - `window`: regular invocations.
//! - `outage`: outages of the queue, the broker or the function.
//! - `refusal`: problems with a source.
//! - `content`: the treatment of messages.
//! - `forever`: pulls without an end.
//! - `commands`: the commands that try a source and play Tuya.
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
