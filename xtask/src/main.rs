//! Automation of this repository, in Rust: `cargo xtask check`, `cargo xtask test`,
//! `cargo xtask bench` and `cargo xtask soak`.
//!
//! # Layout
//!
//! - `workspace`: the checkout and its target directory, and how cargo is called.
//! - `check`: formatting, lints and documentation; each warning is an error.
//! - `test`: runs the chosen suites, two side by side, and sums up their results.
//! - `report`: the table of the results.
//! - `suite`: the suites.
//! - `task_error`: why a suite or a benchmark has no results.
//! - `program`: a program in the search path.
//! - `compiler`: the tools that compile C.
//! - `tally`: counts tests from the last lines of test programs.
//! - `provision`: tools that suites need and cargo does not install.
//! - `server`: a server that runs for as long as its suite.
//! - `bench`: installs the tools of the benchmarks, and calls the crate `bench`.
//! - `soak`: runs seeds of the fault model.
#![allow(
    clippy::print_stdout,
    reason = "the output of this program is for its caller's terminal"
)]

mod bench;
mod check;
mod compiler;
mod program;
mod provision;
mod report;
mod server;
mod soak;
mod suite;
mod tally;
mod task_error;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Automation of the thingrelay workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks formatting, lints and documentation; every warning is an error.
    Check,
    /// Runs test suites and closes with a line of their sums.
    Test(test::Arguments),
    /// Runs the benchmarks.
    Bench(bench::Arguments),
    /// Runs seeds of the fault model.
    Soak(soak::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = Workspace::find().and_then(|workspace| match arguments.task {
        Task::Check => check::run_all(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Test(arguments) => test::run(workspace, &arguments),
        Task::Bench(arguments) => bench::run(&workspace, &arguments).map(|()| ExitCode::SUCCESS),
        Task::Soak(arguments) => soak::run_all(&workspace, &arguments).map(|()| ExitCode::SUCCESS),
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
