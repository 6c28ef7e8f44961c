//! Every command of README.md, typed as by a reader who has just cloned the repository; its
//! configuration and its example, and those of docs/tuya.md and docs/ckafka.md.
//!
//! # Layout
//!
//! - `commands`: README.md has no command that these tests do not run.
//! - `first_steps`: `cargo dev`, its printed commands, `send`, `check`, and the installed command.
//! - `own_sources`: `cargo dev` with README.md's configuration, and its example of an event.
//! - `relay`: a running `cargo dev`.
//! - `shell`: a shell in the checkout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod commands;
mod first_steps;
mod own_sources;
mod relay;
mod shell;
