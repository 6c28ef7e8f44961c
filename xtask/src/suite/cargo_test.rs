//! Runs cargo's tests and counts them.
//!
//! Every command selects the whole workspace and then some of its test programs. Cargo enables
//! features by the selected packages, so selecting only a few packages would build the AWS SDK and
//! other crates once more for them.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use super::Outcome;
use super::secrets::Outputs;
use crate::tally::Tally;
use crate::task_error::{TaskError, available};
use crate::workspace::{Workspace, display};

/// A `cargo test` command that runs all its test programs, even if one of them fails.
pub(super) struct Tests<'a> {
    workspace: &'a Workspace,
    command: Command,
    /// The arguments of the test programs.
    arguments: Vec<&'static str>,
    missing: Vec<String>,
}

/// The number of tests of a program that run at once. Most wait for other processes and for time, so it may be
/// more than there are cores.
const AT_ONCE: &str = "4";

impl<'a> Tests<'a> {
    /// The tests that these arguments of `cargo test` select.
    pub(super) fn select(workspace: &'a Workspace, selection: &[&str]) -> Self {
        let mut command = workspace.cargo(["test"]);
        command.args(workspace.selection());
        command.arg("--no-fail-fast").args(selection);
        command.env("RUST_TEST_THREADS", AT_ONCE);
        Tests {
            workspace,
            command,
            arguments: vec!["--show-output"],
            missing: Vec::new(),
        }
    }

    /// The tests of a program of integration tests.
    pub(super) fn program(workspace: &'a Workspace, name: &str) -> Self {
        Self::select(workspace, &["--test", name])
    }

    /// Sets a variable for the tests.
    pub(super) fn set(mut self, variable: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(variable, value);
        self
    }

    /// Removes a variable that the tests would inherit.
    pub(super) fn unset(mut self, variable: &str) -> Self {
        self.command.env_remove(variable);
        self
    }

    /// Adds arguments of the test programs.
    pub(super) fn arguments(mut self, arguments: &[&'static str]) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// Skips the tests with these words in their names, because this machine lacks a tool.
    pub(super) fn skip(mut self, tests: &'static str, reason: &str) -> Self {
        self.missing.push(format!("no tests `{tests}`: {reason}"));
        self.arguments(&["--skip", tests])
    }

    /// Passes the path of a tool in a variable, or skips the tests that need it.
    pub(super) fn set_or_skip(
        self,
        variable: &str,
        tool: Result<PathBuf, TaskError>,
        tests: &'static str,
    ) -> Result<Self> {
        Ok(match available(tool)? {
            Ok(path) => self.set(variable, path),
            Err(reason) => self.skip(tests, &reason),
        })
    }

    /// Runs the tests, shows their output and adds up the last lines of the test programs. A command
    /// that fails without a failed test (a build error, a crash) counts as one failure, and so does a
    /// secret in any output.
    pub(super) fn run(mut self) -> Result<Outcome, TaskError> {
        let outputs = Outputs::begin(
            self.workspace
                .target()
                .join("outputs")
                .join(self.workspace.suite),
        )?;
        let (variable, directory) = outputs.variable();
        self.command.env(variable, directory);
        self.command.arg("--").args(&self.arguments);
        let line = display(&self.command);
        println!("$ {line}");
        let mut outcome = Outcome {
            missing: self.missing,
            ..Outcome::default()
        };
        let status = run(&mut self.command, &outputs, &mut outcome.tally)
            .with_context(|| format!("cannot run `{line}`"))?;
        if !status && outcome.tally.failed == 0 {
            outcome += Outcome::failed(format!("`{line}` failed"));
        }
        let leaks = outputs.leaks()?;
        if !leaks.is_empty() {
            println!("a secret was written here:\n{}", leaks.join("\n"));
            let remark = format!("{} lines of output contain a secret", leaks.len());
            outcome += Outcome::failed(remark);
        }
        Ok(outcome)
    }
}

/// Runs a command, keeps its output, shows it but for that of tests that passed, and counts tests.
/// Returns whether the command succeeded.
fn run(command: &mut Command, outputs: &Outputs, tally: &mut Tally) -> Result<bool> {
    command.stdin(Stdio::null());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        bail!("its output is not captured");
    };
    let mut kept = outputs.file("errors")?;
    let copying = thread::spawn(move || {
        each_line(errors, |line| {
            kept.write_all(line)?;
            io::stderr().write_all(line)
        })
    });
    let mut kept = outputs.file("output")?;
    let mut is_shown = true;
    each_line(output, |line| {
        kept.write_all(line)?;
        let text = String::from_utf8_lossy(line);
        let counted = Tally::from_closing_line(&text);
        is_shown = match text.trim_end() {
            "successes:" => false,
            "failures:" => true,
            _ => is_shown || counted.is_some(),
        };
        if is_shown {
            print!("{text}");
        }
        *tally += counted.unwrap_or_default();
        Ok(())
    })?;
    if !matches!(copying.join(), Ok(Ok(()))) {
        bail!("its errors cannot be read");
    }
    Ok(child.wait()?.success())
}

/// Calls `take` with each line and its end.
fn each_line(from: impl Read, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    for line in BufReader::new(from).split(b'\n') {
        take(&[&line?[..], b"\n"].concat())?;
    }
    Ok(())
}
