use anyhow::Result;

use crate::workspace::{self, Workspace};

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs only benchmarks whose name contains this.
    filter: Option<String>,
}

/// Runs the benchmarks of the shared crate.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut command = workspace.cargo(["bench", "--package", "thingrelay"]);
    if let Some(filter) = &arguments.filter {
        command.arg("--").arg(filter);
    }
    workspace::run(&mut command)
}
