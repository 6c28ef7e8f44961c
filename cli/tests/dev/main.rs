//! `thingrelay dev` as a process: what it prints, what it refuses, how it ends.

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
