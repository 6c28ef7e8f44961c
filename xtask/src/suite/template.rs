//! The templates: linted, compared with their snapshots and the code, and built.

mod build;

use anyhow::Result;

use super::report::Report;
use super::{Outcome, Suite, cargo_test};
use crate::compiler;
use crate::provision::{self, sam::Sam};
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// The variable that passes the path of a Python with the SAM CLI to the tests.
pub(super) const PYTHON: &str = "THINGRELAY_SAM_PYTHON";

/// The folders of the templates that SAM builds, with their functions. The main template is the first.
const TEMPLATES: [(&str, &[&str]); 5] = [
    ("", &["verify", "push", "consumer"]),
    ("functions/tuya", &["tuya"]),
    ("functions/ckafka", &["ckafka"]),
    ("functions/ckafka-pull", &["ckafka-pull"]),
    ("functions/webhook", &["webhook"]),
];

/// The linter, the tests, and the build.
pub(super) const SUITE: Suite = Suite {
    name: "template",
    about: "the templates: linted, held against snapshots and the code, and built with the SAM CLI",
    needs_binaries: false,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, TaskError> {
    let sam = provision::sam::provision(workspace)?;
    let cargo_lambda = provision::cargo_lambda::provision(workspace)?;
    let mut report = Report::default();
    report.none("cfn-lint", passed(lint(workspace, &sam)));
    let compiler = compiler::find();
    for (folder, functions) in TEMPLATES {
        // Only this template needs CMake, make and Perl.
        if folder == "functions/ckafka-pull" && compiler.is_err() {
            continue;
        }
        let built = build::check(workspace, &sam, &cargo_lambda, folder, functions);
        report.none(&format!("sam build {folder}"), passed(built));
    }
    let mut outcome = report.outcome();
    outcome.missing = match compiler {
        Ok(()) => None,
        Err(TaskError::MissingTool(reason)) => {
            Some(format!("no `sam build` of ckafka-pull: {reason}"))
        }
        Err(error) => return Err(error),
    };
    let mut tests = cargo_test::command(workspace, ["--test", "template"]);
    tests.env(PYTHON, sam.python());
    if std::env::var_os("INSTA_UPDATE").is_none() {
        tests.env("INSTA_UPDATE", "no");
    }
    let tested = cargo_test::run(workspace, tests)?;
    outcome.tally += tested.tally;
    if outcome.remark.is_empty() {
        outcome.remark = tested.remark;
    }
    Ok(outcome)
}

/// The result of a test without a list of problems.
fn passed(result: Result<()>) -> Result<Vec<String>> {
    result.map(|()| Vec::new())
}

/// Lints every template, for a region in each of two partitions.
fn lint(workspace: &Workspace, sam: &Sam) -> Result<()> {
    let mut command = sam.cfn_lint();
    command.current_dir(workspace.root());
    for (folder, _) in TEMPLATES {
        command.arg(workspace.root().join(folder).join("template.yaml"));
    }
    // I4010 asks for a machine-readable description of the stack.
    command.args([
        "silence.yaml",
        "examples/topic.yaml",
        "examples/event-bus.yaml",
    ]);
    command.args(["--regions", "eu-west-1", "cn-north-1"]);
    command.args(["--ignore-checks", "I4010", "--include-checks", "I"]);
    workspace::run(&mut command)
}
