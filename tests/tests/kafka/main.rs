//! Records pulled as from CKafka, out of Apache Kafka itself: real brokers, real processes, a real
//! queue.
//!
//! # Layout
//!
//! - `setting`: a topic, a staging queue, and the function between them.
//! - `window`: invocations as they should be.
//! - `login`: every way in, and those that are closed.
//! - `outage`: the queue, the broker or the function gone, and back.
//! - `content`: what becomes of records.
//! - `event_source`: the same records by Lambda's own event source.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod content;
mod event_source;
mod login;
mod outage;
mod setting;
mod window;
