//! The functions in Lambda's emulator, and as packages.
//!
//! # Layout
//!
//! - `packages`: `cargo lambda build`, and what is in the packages.
//! - `archive`: the directory of a zip archive.

mod archive;
mod packages;

use super::{Suite, cargo_test};
use crate::provision;
use crate::workspace;

/// The variable that tells the tests where cargo-lambda is, as a directory.
const PROGRAMS: &str = "THINGRELAY_CARGO_LAMBDA";

/// The functions, by the names of their binaries.
pub(super) const FUNCTIONS: [&str; 4] = ["verify", "push", "consumer", "tuya"];

/// The functions in Lambda's emulator, and as packages.
pub(super) const SUITE: Suite = Suite {
    name: "lambda",
    about: "the functions in `cargo lambda watch`, and as packages for x86-64",
    needs_binaries: true,
    run: |workspace| {
        let cargo_lambda = provision::cargo_lambda::provision(workspace)?;
        // As the emulator does it for each function, so that none is built while it is waited for.
        let mut build = workspace.cargo(["build"]);
        build.args(FUNCTIONS.map(|name| format!("--bin={name}")));
        workspace::run(&mut build)?;
        let mut tests = cargo_test::command(workspace, ["--test", "lambda"]);
        tests.env(PROGRAMS, cargo_lambda.directory());
        let mut outcome = cargo_test::run(tests)?;
        let packages = packages::run(workspace, &cargo_lambda)?;
        outcome.tally += packages.tally;
        if outcome.remark.is_empty() {
            outcome.remark = packages.remark;
        }
        Ok(outcome)
    },
};
