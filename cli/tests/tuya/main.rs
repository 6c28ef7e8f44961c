//! The commands `send`, `check`, `pull` and `dev` with Tuya sources, against a broker that follows
//! a script.

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
