use std::process::Command;

use anyhow::Result;

use crate::workspace::{Workspace, run};

/// What `cargo xtask soak` takes: it is for the program `simulation`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// See `cargo xtask soak --help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds the fault model as its tests are built, and runs seeds.
pub(crate) fn run_all(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut build = workspace.cargo(["build", "--bin", "simulation"]);
    run(build.args(workspace.selection()))?;
    let mut soak = Command::new(workspace.target().join("debug/simulation"));
    run(soak.args(&arguments.arguments))
}
