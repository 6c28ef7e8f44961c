use super::{Suite, cargo_test};
use crate::provision;
use crate::task_error::TaskError;

/// Each variable that passes the tools of a receiver of webhooks to the tests, and the tests that need
/// it.
const PYTHON: (&str, &str) = ("THINGRELAY_WEBHOOK_PYTHON", "webhook_python::");
const NODE: (&str, &str) = ("THINGRELAY_RECEIVER", "webhook_node::");

/// The whole way of a message, over real sockets and between real processes.
pub(super) const SUITE: Suite = Suite {
    name: "e2e",
    about: "the whole way of a message, over real sockets and between real processes",
    needs_binaries: true,
    run: |workspace| {
        let mut command = cargo_test::command(workspace, ["--test", "e2e"]);
        let python = provision::webhook::provision(workspace);
        let python = python.map(|python| python.program("python"));
        let mut missing = None;
        let mut skipped = Vec::new();
        for ((variable, tests), tool) in [
            (PYTHON, python),
            (NODE, provision::receiver::provision(workspace)),
        ] {
            match tool {
                Ok(path) => _ = command.env(variable, path),
                Err(TaskError::MissingTool(reason)) => {
                    missing = Some(format!("no tests of {tests} {reason}"));
                    skipped.extend(["--skip", tests]);
                }
                Err(error) => return Err(error),
            }
        }
        if !skipped.is_empty() {
            command.arg("--").args(skipped);
        }
        let mut outcome = cargo_test::run(workspace, command)?;
        outcome.missing = missing;
        Ok(outcome)
    },
};
