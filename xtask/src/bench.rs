use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::compiler;
use crate::provision::{maven, peers, pulsar};
use crate::task_error::{TaskError, available};
use crate::workspace::{self, Workspace};

/// What `cargo xtask bench` takes: it is for the crate `bench`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// See `cargo xtask bench --help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The first arguments of the benchmarks of single calls. Their separate program needs neither the
/// programs of the workspace nor the code that starts them.
const CALLS: [&str; 3] = ["core", "handlers", "--filter"];

/// Installs the tools of the named benchmarks, and runs the benchmarks; all without a name.
pub(crate) fn run(workspace: &Workspace, Arguments { arguments }: &Arguments) -> Result<()> {
    let first = arguments.first().map(String::as_str);
    let is_of_calls = first.map(|first| CALLS.contains(&first));
    if is_of_calls != Some(false) {
        let mut command = workspace.cargo(["run", "--quiet", "--package", "bench"]);
        command.args(["--no-default-features", "--bin", "calls", "--"]);
        workspace::run(command.args(arguments))?;
    }
    if is_of_calls == Some(true) {
        return Ok(());
    }
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let mut command = workspace.cargo(["run", "--quiet", "--package", "bench", "--bin", "bench"]);
    command.arg("--").args(arguments);
    if arguments.is_empty() || has("--cold") || has("--pull") || has("webhook") {
        let python = peers::python(workspace);
        set_or_leave_out(&mut command, "THINGRELAY_PEER_PYTHON", python)?;
    }
    if has("--cold") {
        let node = peers::node(workspace);
        set_or_leave_out(&mut command, "THINGRELAY_PEER_NODE", node)?;
    }
    if has("--pull") && has("ckafka") {
        compiler::find()?;
        command.env("THINGRELAY_KAFKA", maven::kafka(workspace)?);
    } else if has("--pull") {
        command.env("THINGRELAY_PULSAR", pulsar::install(workspace)?);
    }
    workspace::run(&mut command)
}

/// Passes the paths of a peer. A peer whose tools are missing on this machine is left out, with a
/// message.
fn set_or_leave_out(
    command: &mut Command,
    variable: &str,
    peer: Result<[PathBuf; 2], TaskError>,
) -> Result<()> {
    match available(peer)? {
        Ok(paths) => _ = command.env(variable, env::join_paths(paths)?),
        Err(reason) => println!("a peer is left out: {reason}"),
    }
    Ok(())
}
