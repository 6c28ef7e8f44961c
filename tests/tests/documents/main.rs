//! Checks the documents against the code: every command exists, and every table matches the code.
//! `cargo xtask check` checks links, and `tests/template` checks statements about the templates.
//!
//! # Layout
//!
//! - `codes`: the tables of docs/errors.md, and the codes of the program.
//! - `commands`: commands of this repository in shell blocks.
//! - `fields`: the tables of docs/events.md, and the schemas.
//! - `modules`: no circle of modules.
//! - `rights`: the rights that `status` and `tail` need.
//! - `suites`: the jobs of the workflow, and the suites.
//! - `queries`: the log lines and metrics that docs/runbook.md looks for.
//! - `tests`: the tests that documents name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod codes;
mod commands;
mod fields;
mod modules;
mod queries;
mod rights;
mod suites;
mod tests;
