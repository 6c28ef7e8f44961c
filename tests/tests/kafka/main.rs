//! Records pulled as from CKafka, out of Apache Kafka itself: real brokers, real processes, a real
//! queue.
//!
//! # Layout
//!
//! - `setting`: a topic, a staging queue, and the function between them.
//! - `sink`: a queue that remembers what it was sent.
//! - `access`: ways in to a broker, as the configuration tells of them.
//! - `reports`: what devices report, and whether all of it has come.
//! - `promptness`: how soon something happens.
//! - `window`: invocations as they should be, one after another.
//! - `rebalance`: two members of a group.
//! - `load`: a hundred thousand records.
//! - `topics`: topics that grow, that come and go, and that may not be read.
//! - `login`: every way in, and those that are closed.
//! - `outage`: the queue, the broker or the function gone, and back.
//! - `commit`: what is committed, and when.
//! - `content`: what becomes of records.
//! - `commands`: `send`, `check` and `dev`.
//! - `event_source`: the same records by Lambda's own event source.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod access;
mod commands;
mod commit;
mod content;
mod event_source;
mod load;
mod login;
mod outage;
mod promptness;
mod rebalance;
mod reports;
mod setting;
mod sink;
mod topics;
mod window;
