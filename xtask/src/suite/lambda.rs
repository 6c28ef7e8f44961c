//! The functions in Lambda's emulator, and as packages.

mod packages;

use super::{Outcome, Suite, cargo_test};
use crate::compiler;
use crate::provision;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// The variable that passes the directory of cargo-lambda to the tests.
const PROGRAMS: &str = "THINGRELAY_CARGO_LAMBDA";

/// The functions without C code, by the names of their binaries.
const OF_RUST: [&str; 6] = ["verify", "push", "consumer", "tuya", "ckafka", "webhook"];

/// The function with a C library.
const OF_C: &str = "ckafka-pull";

/// The prefix of the names of that function's tests.
const TESTS_OF_C: &str = "shipped::ckafka_pull";

/// The functions in Lambda's emulator, and as packages.
pub(super) const SUITE: Suite = Suite {
    name: "lambda",
    about: "the functions in `cargo lambda watch`, and as packages for x86-64",
    needs_binaries: true,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, TaskError> {
    let cargo_lambda = provision::cargo_lambda::provision(workspace)?;
    let missing = match compiler::find() {
        Ok(()) => None,
        Err(TaskError::MissingTool(reason)) => Some(format!("{OF_C} not built: {reason}")),
        Err(error) => return Err(error),
    };
    let of_c = missing.is_none().then_some(OF_C);
    let functions: Vec<&str> = OF_RUST.into_iter().chain(of_c).collect();

    // Each function is built as the emulator builds it, so that no test waits for a build.
    let mut build = workspace.cargo(["build"]);
    build.args(functions.iter().map(|name| format!("--bin={name}")));
    workspace::run(&mut build)?;
    let mut tests = cargo_test::command(workspace, ["--test", "lambda"]);
    if missing.is_some() {
        tests.args(["--", "--skip", TESTS_OF_C]);
    }
    tests.env(PROGRAMS, cargo_lambda.directory());
    let mut outcome = cargo_test::run(workspace, tests)?;
    let packages = packages::run(workspace, &cargo_lambda, &functions)?;
    outcome.tally += packages.tally;
    if outcome.remark.is_empty() {
        outcome.remark = packages.remark;
    }
    outcome.missing = missing;
    Ok(outcome)
}
