//! The fault model: the real functions `push`, `consumer` and `webhook`, the pull, the AWS SDK and the queue
//! server in one process, without a socket, under simulated time. A seed decides what goes wrong.
//!
//! # Layout
//!
//! - [`choices`]: chance, by seed and place.
//! - [`fault`]: the faults, and who suffers them.
//! - [`temper`]: what a seed is like.
//! - [`message`]: what sources send, and the reference model of what must come out.
//! - [`plan`]: what is to be run.
//! - [`mod@run`]: one run.
//! - [`mod@shrink`]: a failing run with fewer faults.
//! - [`soak`]: runs of many seeds, on several threads.
//! - [`world`]: time, chance, and the machine with the queue server.
//! - `network`: what arrives at the queue server, and what goes wrong on the way.
//! - `service`: what is called there, and its language.
//! - [`target`]: what the targets are, and which events each takes.
//! - `accepted`: what the queues have accepted, and the events that a receiver gets.
//! - [`disk`]: a disk that can be full and lose its power.
//! - `functions`: instances of the functions, as Lambda runs them.
//! - `event_source`: receives batches for functions, and deletes what is done.
//! - `webhook`: instances of the function `webhook`.
//! - `receiver`: the receiver of a webhook.
//! - `invocation`: an invocation that may end or stand still.
//! - `tampered`: the seams of the functions, at which mistakes are planted.
//! - `operator`: redrives and replays, by a tool that is killed.
//! - `documents`: the settings, which are rotated and broken.
//! - `source`: a platform that pushes.
//! - `broker`: a broker that is pulled from.
//! - [`planted`]: mistakes that the oracle must see.
//! - [`record`]: what happened.
//! - `oracle`: what must come out, and whether it did.
//! - `again`: the same for what the operator has staged again.
//! - `delivered`: the same for the events of a webhook.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a simulation is a test"
)]

mod accepted;
mod again;
mod broker;
pub mod choices;
mod delivered;
pub mod disk;
mod documents;
mod event_source;
pub mod fault;
mod functions;
mod invocation;
pub mod message;
mod network;
mod operator;
mod oracle;
pub mod plan;
pub mod planted;
mod receiver;
pub mod record;
pub mod run;
mod service;
pub mod shrink;
pub mod soak;
mod source;
mod tampered;
pub mod target;
pub mod temper;
mod webhook;
pub mod world;

pub use plan::Plan;
pub use run::{Outcome, run};
pub use shrink::shrink;
