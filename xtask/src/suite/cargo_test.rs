use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::Outcome;
use crate::tally::Tally;
use crate::workspace::{Workspace, display};

/// A `cargo test` command that runs all its test programs, whatever the first of them says.
pub(super) fn command<'a>(
    workspace: &Workspace,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Command {
    let mut command = workspace.cargo(["test", "--no-fail-fast"]);
    command.args(arguments);
    command
}

/// Runs a command of test programs, shows what they print and adds up their closing lines.
/// A command that fails without a failed test (a build error, a crash) counts as one failure.
pub(super) fn run(mut command: Command) -> Result<Outcome> {
    let line = display(&command);
    println!("$ {line}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let output = child
        .stdout
        .take()
        .context("the command's output is not captured")?;
    let mut outcome = Outcome::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(tally) = Tally::from_closing_line(&line) {
            outcome.tally += tally;
        }
    }
    let status = child.wait()?;
    if !status.success() && outcome.tally.failed == 0 {
        outcome.tally += Tally::FAILURE;
        outcome.remark = format!("`{line}` failed: {status}");
    }
    Ok(outcome)
}

/// Runs several commands, all of them whatever the first says, and adds up their outcomes.
pub(super) fn run_all(commands: impl IntoIterator<Item = Command>) -> Result<Outcome> {
    let mut sum = Outcome::default();
    for command in commands {
        let Outcome { tally, remark } = run(command)?;
        sum.tally += tally;
        if sum.remark.is_empty() {
            sum.remark = remark;
        }
    }
    Ok(sum)
}
