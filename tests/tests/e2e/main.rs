//! End-to-end tests: real processes, real sockets, the real AWS SDK. They are one program, since
//! each further program would be linked with the whole SDK again.
//!
//! # Layout
//!
//! - `harness`: tests of the harness itself.
//! - `hostile`: attacks by senders: replays, smuggling, paths, names.
//! - `verification`: `GET /{source}`, byte for byte.
//! - `refusals`: the bad requests of the table `bad_requests`.
//! - `whereabouts`: the command `thingrelay explain --id`.
//! - `whole_way`: from a signed push to a forwarded event.
//! - `account`: the command `thingrelay account`.
//! - `accounting`: the counters add up.
//! - `dead_letters`: the command `thingrelay dead-letters`.
//! - `logs`: the log lines of the functions, and their format.
//! - `staging`: the functions' real programs and their queue, with an outage.
//! - `tool`: the commands of recovery, for the tests of these.
//! - `quarantine`: unreadable messages, kept byte for byte.
//! - `replay`: the command `thingrelay replay`, and the archive.
//! - `sending`: the command `thingrelay send` as the platform.
//! - `check_target`: the command `thingrelay check target`.
//! - `explain`: the command `thingrelay explain`.
//! - `filters`: each event goes to the targets whose filters it passes.
//! - `forwarding`: the order of events with a target that fails.
//! - `crash`: `kill -9` and a restart.
//! - `odd_events`: events that are not requests, and unusual requests.
//! - `running`: the start and the end of the process, and its output.
//! - `webhook_examples`, `webhook_python`, `webhook_node`, `webhook_rust`: webhooks, and the receivers in `examples`.
//! - `verify_function`: the function `verify` behind the HTTP API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod account;
mod accounting;
mod bad_requests;
mod check_target;
mod crash;
mod dead_letters;
mod explain;
mod filters;
mod forwarding;
mod harness;
mod hostile;
mod logs;
mod odd_events;
mod quarantine;
mod refusals;
mod replay;
mod running;
mod sending;
mod staging;
mod tool;
mod verification;
mod verify_function;
mod webhook_examples;
mod webhook_node;
mod webhook_python;
mod webhook_rust;
mod whereabouts;
mod whole_way;
