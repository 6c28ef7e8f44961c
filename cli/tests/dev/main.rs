//! `thingrelay dev` as a process: its output, the arguments that it refuses, and its end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

mod commands;
mod crowding;
mod ending;
mod output;
mod process;
mod pushing;
mod shell;
mod starting;
mod targets;
mod telling;
mod webhooks;
