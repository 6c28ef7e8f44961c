use std::process::Command;

use anyhow::Result;

use crate::workspace::{Workspace, run};

/// What `cargo xtask soak` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// For how many minutes seeds are run.
    #[arg(long, default_value_t = 1)]
    minutes: u64,

    /// Runs this many seeds instead.
    #[arg(long, value_name = "COUNT")]
    seeds: Option<u64>,

    /// The first seed; a random one otherwise.
    #[arg(long, value_name = "SEED")]
    from: Option<u64>,

    /// Runs this seed alone, and prints what happens.
    #[arg(long, value_name = "SEED")]
    replay: Option<u64>,
}

/// Builds the fault model as its tests are built, and runs seeds.
pub(crate) fn run_all(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut build = workspace.cargo(["build", "--bin", "simulation"]);
    run(build.args(workspace.selection()))?;
    let mut soak = Command::new(workspace.target().join("debug/simulation"));
    soak.args(["--minutes", &arguments.minutes.to_string()]);
    let options = [
        ("--seeds", arguments.seeds),
        ("--from", arguments.from),
        ("--replay", arguments.replay),
    ];
    for (name, value) in options {
        if let Some(value) = value {
            soak.args([name, &value.to_string()]);
        }
    }
    run(&mut soak)
}
