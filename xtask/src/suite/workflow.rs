//! The workflow of GitHub: right in the eyes of its linter, and as careful as we want it. That it
//! runs can only be seen on GitHub.
//!
//! # Layout
//!
//! - `care`: what the linter does not ask for.
//! - `mistakes`: edits of the workflow that must be found.

mod care;
mod mistakes;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use self::mistakes::{By, MISTAKES, Mistake};
use super::report::Report;
use super::{Failure, Outcome, Suite};
use crate::provision;
use crate::provision::actionlint::Actionlint;
use crate::workspace::Workspace;

/// Linted, checked for care, and seeded mistakes found.
pub(super) const SUITE: Suite = Suite {
    name: "workflow",
    about: ".github/workflows/ci.yml: linted, checked, seeded mistakes found",
    needs_binaries: false,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let actionlint = provision::actionlint::provision(workspace)?;
    let file = workspace.root().join(".github/workflows/ci.yml");
    let workflow =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut report = Report::default();
    report.none("actionlint", lint(&actionlint, &workflow));
    report.none("care", Ok(care::check(&workflow)));
    for mistake in MISTAKES {
        report.none(
            &format!("mistake: {}", mistake.name),
            find(&actionlint, &workflow, mistake),
        );
    }
    Ok(report.outcome())
}

/// What actionlint finds, one finding a line.
fn lint(actionlint: &Actionlint, workflow: &str) -> Result<Vec<String>> {
    let mut command: Command = actionlint.command();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run actionlint")?;
    child
        .stdin
        .take()
        .context("actionlint has no standard input")?
        .write_all(workflow.as_bytes())?;
    let output = child.wait_with_output()?;
    let findings = String::from_utf8_lossy(&output.stdout);
    // https://github.com/rhysd/actionlint/blob/main/docs/usage.md#exit-status
    match output.status.code() {
        Some(0) => Ok(Vec::new()),
        Some(1) => Ok(vec![findings.into_owned()]),
        _ => bail!("actionlint failed: {}\n{findings}", output.status),
    }
}

/// Nothing where the mistake is found by what should find it.
fn find(actionlint: &Actionlint, workflow: &str, mistake: &Mistake) -> Result<Vec<String>> {
    if !workflow.contains(mistake.right) {
        bail!("the workflow lacks {:?}", mistake.right);
    }
    let wrong = workflow.replacen(mistake.right, mistake.wrong, 1);
    let (finder, findings, word) = match mistake.caught {
        By::Linter(word) => ("actionlint", lint(actionlint, &wrong)?, word),
        By::Care(word) => ("care", care::check(&wrong), word),
    };
    if findings.iter().any(|finding| finding.contains(word)) {
        return Ok(Vec::new());
    }
    bail!("{finder} does not speak of {word:?}: {findings:?}")
}
