use std::env;

use anyhow::{Result, bail};

use crate::compiler;
use crate::provision::{kafka, node_peer, pulsar, python_peer};
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// What `cargo xtask bench` takes: it is for the crate `bench`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// See `cargo xtask bench --help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The parts that measure single calls. Their separate program needs neither the programs of the
/// workspace nor the code that starts them.
const CALLS: [&str; 2] = ["core", "handlers"];

/// Installs the tools of the named benchmarks, and runs the benchmarks.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let (calls, processes) = split(&arguments.arguments);
    for arguments in calls {
        let mut command = workspace.cargo(["run", "--quiet", "--package", "bench"]);
        command.args(["--no-default-features", "--bin", "calls", "--"]);
        workspace::run(command.args(arguments))?;
    }
    let Some(arguments) = processes else {
        return Ok(());
    };
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let mut command = workspace.cargo(["run", "--quiet", "--package", "bench", "--bin", "bench"]);
    command.arg("--").args(&arguments);
    let has_peer = arguments.is_empty() || has("--cold") || has("--pull") || has("webhook");
    if has_peer && let Some(python) = optional(python_peer::provision(workspace))? {
        command.env("THINGRELAY_PEER_PYTHON", env::join_paths(python)?);
    }
    if has("--cold")
        && let Some(node) = optional(node_peer::provision(workspace))?
    {
        command.env("THINGRELAY_PEER_NODE", env::join_paths(node)?);
    }
    if has("--pull") && has("ckafka") {
        required(compiler::find())?;
        let broker = required(kafka::provision(workspace, &kafka::NEWEST))?;
        command.env("THINGRELAY_KAFKA", broker);
    } else if has("--pull") {
        let pulsar = required(pulsar::provision(workspace))?;
        command.env("THINGRELAY_PULSAR", pulsar.program());
    }
    workspace::run(&mut command)
}

/// The arguments of each run of the program for single calls, and those of the other program,
/// unless it has no work. Without a name, everything is measured.
fn split(arguments: &[String]) -> (Vec<Vec<String>>, Option<Vec<String>>) {
    let mut others = arguments.to_vec();
    let filter = others.iter().position(|argument| argument == "--filter");
    let filter: Vec<String> = filter.map_or_else(Vec::new, |at| {
        let end = others.len().min(at + 2);
        others.drain(at..end).collect()
    });
    let all = others.is_empty();
    let named = |part: &&str| all || others.iter().any(|argument| argument == part);
    let calls = CALLS.iter().filter(|part| named(part));
    let calls = calls.map(|part| [&[(*part).to_owned()], filter.as_slice()].concat());
    let calls = calls.collect();
    others.retain(|argument| !CALLS.contains(&argument.as_str()));
    let processes = (all && filter.is_empty() || !others.is_empty()).then_some(others);
    (calls, processes)
}

/// A peer whose tools are missing on this machine is left out, with a message.
fn optional<T>(peer: Result<T, TaskError>) -> Result<Option<T>> {
    match peer {
        Ok(peer) => Ok(Some(peer)),
        Err(TaskError::MissingTool(reason)) => {
            println!("a peer is left out: {reason}");
            Ok(None)
        }
        Err(TaskError::Other(error)) => Err(error),
    }
}

fn required<T>(tool: Result<T, TaskError>) -> Result<T> {
    match tool {
        Ok(tool) => Ok(tool),
        Err(TaskError::MissingTool(reason)) => bail!("something is missing: {reason}"),
        Err(TaskError::Other(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_gets_its_arguments() {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let cases: [(&str, &[&str], Option<&str>); 7] = [
            ("", &["core", "handlers"], Some("")),
            ("core", &["core"], None),
            ("core --filter push", &["core --filter push"], None),
            (
                "--filter a",
                &["core --filter a", "handlers --filter a"],
                None,
            ),
            ("local --runs 5", &[], Some("local --runs 5")),
            ("core local", &["core"], Some("local")),
            ("--pull ckafka", &[], Some("--pull ckafka")),
        ];
        for (given, calls, processes) in cases {
            let expected = (
                calls.iter().map(|call| words(call)).collect(),
                processes.map(words),
            );
            assert_eq!(split(&words(given)), expected, "{given}");
        }
    }
}
