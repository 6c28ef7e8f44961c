//! The templates: linted, compared with their snapshots and the code, and built.

mod build;

use anyhow::Result;

use super::cargo_test::Tests;
use super::{Needs, Outcome, SAM_PYTHON, Suite};
use crate::compiler;
use crate::provision::cargo_lambda::CargoLambda;
use crate::provision::sam::Sam;
use crate::task_error::{TaskError, available};
use crate::workspace::{self, Workspace};

/// The folders of the templates that SAM builds, with their functions. The main template is the first.
const TEMPLATES: [(&str, &[&str]); 5] = [
    ("", &["verify", "push", "consumer"]),
    ("functions/tuya", &["tuya"]),
    ("functions/ckafka", &["ckafka"]),
    (WITH_C, &["ckafka-pull"]),
    ("functions/webhook", &["webhook"]),
];

/// The only folder whose build needs CMake, make and Perl.
const WITH_C: &str = "functions/ckafka-pull";

/// The linter, the tests, and the build.
pub(super) const SUITE: Suite = Suite {
    name: "template",
    about: "the templates: linted, held against snapshots and the code, and built with the SAM CLI",
    needs: Needs::Nothing,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, TaskError> {
    let sam = Sam::install(workspace)?;
    let cargo_lambda = CargoLambda::install(workspace)?;
    let mut outcome = Outcome::default();
    outcome.test("cfn-lint", lint(workspace, &sam));
    let compiler = available(compiler::find())?;
    for (folder, functions) in TEMPLATES {
        match &compiler {
            Err(reason) if folder == WITH_C => {
                let lacking = format!("no `sam build {folder}`: {reason}");
                outcome.missing.push(lacking);
            }
            _ => {
                let built = build::check(workspace, &sam, &cargo_lambda, folder, functions);
                outcome.test(&format!("sam build {folder}"), built);
            }
        }
    }
    let mut tests = Tests::program(workspace, "template").set(SAM_PYTHON, sam.python());
    if std::env::var_os("INSTA_UPDATE").is_none() {
        tests = tests.set("INSTA_UPDATE", "no");
    }
    outcome += tests.run()?;
    Ok(outcome)
}

/// Lints every template, for a region in each of two partitions.
fn lint(workspace: &Workspace, sam: &Sam) -> Result<()> {
    let mut command = sam.command("cfn-lint");
    command.current_dir(workspace.root());
    for (folder, _) in TEMPLATES {
        command.arg(workspace.root().join(folder).join("template.yaml"));
    }
    // I4010 asks for a machine-readable description of the stack.
    command.args([
        "archive.yaml",
        "silence.yaml",
        "examples/topic.yaml",
        "examples/event-bus.yaml",
    ]);
    command.args(["--regions", "eu-west-1", "cn-north-1"]);
    command.args(["--ignore-checks", "I4010", "--include-checks", "I"]);
    workspace::run(&mut command)
}
