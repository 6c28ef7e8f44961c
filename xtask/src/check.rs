use anyhow::Result;

use crate::workspace::{Workspace, run};

/// Checks formatting, lints and documentation, in the order of what they cost.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["fmt", "--all", "--check"]))?;
    run(&mut workspace.cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    run(workspace
        .cargo(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-Dwarnings"))
}
