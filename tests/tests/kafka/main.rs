//! Pulls records from Apache Kafka in place of CKafka: real brokers, real processes, a real queue.
//!
//! # Layout
//!
//! - `setting`: a topic, a staging queue, and the function between them.
//! - `sink`: a queue that remembers its messages.
//! - `access`: the ways to log in to a broker, as the configuration describes them.
//! - `reports`: the reports of devices, and the check that all of them have come.
//! - `promptness`: how soon something happens.
//! - `window`: regular invocations, one after another.
//! - `rebalance`: two members of a group.
//! - `load`: a hundred thousand records.
//! - `topics`: topics that grow, that are created and deleted, and that may not be read.
//! - `login`: every way to log in, and logins that fail.
//! - `outage`: outages of the queue, the broker or the function.
//! - `commit`: what is committed and when.
//! - `content`: the treatment of records.
//! - `commands`: `send`, `check` and `dev`.
//! - `event_source`: the same records through Lambda's own event source.
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
