//! End to end: real processes, real sockets, the real AWS SDK. One program, since each more would
//! be linked with all of the SDK again.
//!
//! # Layout
//!
//! - `harness`: the harness itself.
//! - `verification`: `GET /{source}`, byte for byte.
//! - `refusals`: bad requests, of the table `bad_requests`.
//! - `whole_way`: from a signed push to a forwarded event.
//! - `accounting`: what was counted adds up.
//! - `logs`: what the functions log, and how.
//! - `staging`: the functions' real programs and their queue, an outage included.
//! - `quarantine`: what nobody can read, kept byte for byte.
//! - `sending`: the command `thingrelay send` in the platform's place.
//! - `forwarding`: order under a target that fails.
//! - `crash`: kill -9 and a restart.
//! - `odd_events`: events that are no request, or an odd one.
//! - `running`: how the process begins and ends, and what it writes where.
//! - `verify_function`: the function `verify` behind the HTTP API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod accounting;
mod bad_requests;
mod crash;
mod forwarding;
mod harness;
mod logs;
mod odd_events;
mod quarantine;
mod refusals;
mod running;
mod sending;
mod staging;
mod verification;
mod verify_function;
mod whole_way;
