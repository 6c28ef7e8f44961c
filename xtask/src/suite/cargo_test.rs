//! Runs cargo's tests and counts them.
//!
//! Every command selects the whole workspace and then some of its test programs. Cargo enables
//! features by the selected packages, so selecting only a few packages would build the AWS SDK and
//! other crates once more for them.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use super::Outcome;
use super::secrets::Outputs;
use crate::tally::Tally;
use crate::workspace::{Workspace, display};

/// A `cargo test` command that runs all its test programs, even if one of them fails.
pub(super) fn command<'a>(
    workspace: &Workspace,
    selection: impl IntoIterator<Item = &'a str>,
) -> Command {
    let mut command = workspace.cargo(["test"]);
    command
        .args(workspace.selection())
        .arg("--no-fail-fast")
        .args(selection);
    command
}

/// A command for the integration tests of packages, which are named by their directories; `None` if
/// they have no such tests.
pub(super) fn integration_tests<'a>(
    workspace: &Workspace,
    packages: impl IntoIterator<Item = &'a Path>,
) -> Result<Option<Command>> {
    let mut names = Vec::new();
    for package in packages {
        names.extend(test_names(&workspace.root().join(package).join("tests"))?);
    }
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Ok(None);
    }
    let selection = names.iter().flat_map(|name| ["--test", name]);
    Ok(Some(command(workspace, selection)))
}

/// The names of the test programs of a directory `tests`: `NAME.rs`, `NAME/main.rs`.
fn test_names(directory: &Path) -> Result<Vec<String>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_program =
            path.extension() == Some(OsStr::new("rs")) || path.join("main.rs").is_file();
        if let Some(name) = path.file_stem().filter(|_| is_program) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Runs a command of test programs, shows their output and adds up their last lines. A command that
/// fails without a failed test (a build error, a crash) counts as one failure, and so does a secret
/// in any output.
pub(super) fn run(workspace: &Workspace, mut command: Command) -> Result<Outcome> {
    let line = display(&command);
    println!("$ {line}");
    let outputs = Outputs::begin(workspace.target().join("outputs"))?;
    let (variable, directory) = outputs.variable();
    command.env(variable, directory);
    if command.get_args().all(|argument| argument != "--") {
        command.arg("--");
    }
    let mut child = command
        .arg("--show-output")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        bail!("the command's output is not captured");
    };
    let mut kept = outputs.file("errors")?;
    let copying = thread::spawn(move || {
        for line in BufReader::new(errors).split(b'\n') {
            let line = [line?, b"\n".into()].concat();
            kept.write_all(&line)?;
            io::stderr().write_all(&line)?;
        }
        io::Result::Ok(())
    });
    let mut outcome = Outcome::default();
    let mut kept = outputs.file("output")?;
    let mut is_shown = true;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        kept.write_all(&[&line[..], b"\n"].concat())?;
        let line = String::from_utf8_lossy(&line);
        let tally = Tally::from_closing_line(&line);
        // The output of tests that passed is kept, and not shown.
        is_shown = match line.as_ref() {
            "successes:" => false,
            "failures:" => true,
            _ => is_shown || tally.is_some(),
        };
        if is_shown {
            println!("{line}");
        }
        outcome.tally += tally.unwrap_or_default();
    }
    let status = child.wait()?;
    if !matches!(copying.join(), Ok(Ok(()))) {
        bail!("the errors of `{line}` cannot be read");
    }
    if !status.success() && outcome.tally.failed == 0 {
        outcome.tally += Tally::FAILURE;
        outcome.remark = format!("`{line}` failed: {status}");
    }
    let leaks = outputs.leaks()?;
    if !leaks.is_empty() {
        println!("a secret was written here:\n{}", leaks.join("\n"));
        outcome.tally += Tally::FAILURE;
        outcome.remark = format!("{} lines of output contain a secret", leaks.len());
    }
    Ok(outcome)
}

/// Runs several commands, even if one of them fails, and adds up their outcomes.
pub(super) fn run_all(
    workspace: &Workspace,
    commands: impl IntoIterator<Item = Command>,
) -> Result<Outcome> {
    let mut sum = Outcome::default();
    for command in commands {
        let outcome = run(workspace, command)?;
        sum.tally += outcome.tally;
        if sum.remark.is_empty() {
            sum.remark = outcome.remark;
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_have_the_names_that_cargo_gives_them() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let root = directory.path();
        fs::create_dir_all(root.join("whole"))?;
        fs::create_dir_all(root.join("data"))?;
        for file in [
            "single.rs",
            "whole/main.rs",
            "whole/part.rs",
            "data/a.json",
            "notes.md",
        ] {
            fs::write(root.join(file), "")?;
        }
        let mut names = test_names(root)?;
        names.sort();
        assert_eq!(names, ["single", "whole"]);
        assert!(test_names(&root.join("missing"))?.is_empty());
        Ok(())
    }
}
