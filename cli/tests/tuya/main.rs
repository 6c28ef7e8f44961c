//! What the command does with Tuya sources: `send`, `check`, `pull` and `dev`, against a broker
//! that plays its part step by step.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    dead_code
)]

mod broker;
mod checking;
mod developing;
#[path = "../dev/process.rs"]
mod process;
mod pulling;
mod sending;
mod source;
