//! The documents against the code: every command exists, every table has what the code has. Links are
//! looked at by `cargo xtask check`, and what documents say of the templates by `tests/template`.
//!
//! # Layout
//!
//! - `codes`: the tables of docs/errors.md, and the codes of the program.
//! - `commands`: our own commands in blocks for the shell.
//! - `fields`: the tables of docs/events.md, and the schemas.
//! - `suites`: the jobs of the workflow, and the suites.
//! - `queries`: the log lines and metrics that docs/runbook.md looks for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod codes;
mod commands;
mod fields;
mod queries;
mod suites;
