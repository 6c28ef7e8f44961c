//! The functions in Lambda's emulator, and as packages.

mod packages;

use super::cargo_test::Tests;
use super::{Needs, Outcome, Suite};
use crate::compiler;
use crate::provision::cargo_lambda::CargoLambda;
use crate::task_error::{TaskError, available};
use crate::workspace::{self, Workspace};

/// The functions without C code, by the names of their binaries.
const OF_RUST: [&str; 6] = ["verify", "push", "consumer", "tuya", "ckafka", "webhook"];

/// The function with a C library, and the prefix of the names of its tests.
const OF_C: &str = "ckafka-pull";
const TESTS_OF_C: &str = "shipped::ckafka_pull";

/// The functions in Lambda's emulator, and as packages.
pub(super) const SUITE: Suite = Suite {
    name: "lambda",
    about: "the functions in `cargo lambda watch`, and as packages for x86-64",
    needs: Needs::Programs,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, TaskError> {
    let cargo_lambda = CargoLambda::install(workspace)?;
    let compiler = available(compiler::find())?;
    let of_c = compiler.is_ok().then_some(OF_C);
    let functions: Vec<&str> = OF_RUST.into_iter().chain(of_c).collect();

    // Each function is built as the emulator builds it, so that no test waits for a build.
    let mut build = workspace.cargo(["build"]);
    build.args(functions.iter().map(|name| format!("--bin={name}")));
    workspace::run(&mut build)?;
    let mut tests = Tests::program(workspace, "lambda");
    if let Err(reason) = compiler {
        tests = tests.skip(TESTS_OF_C, &reason);
    }
    let tests = tests.set("THINGRELAY_CARGO_LAMBDA", &cargo_lambda.directory);
    let mut outcome = tests.run()?;
    outcome += packages::run(workspace, &cargo_lambda, &functions)?;
    Ok(outcome)
}
