use anyhow::Result;

use crate::workspace::{Workspace, run};

/// Checks formatting, lints and documentation, in the order of what they cost.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["fmt", "--all", "--check"]))?;
    run(workspace
        .cargo(["clippy", "--all-targets"])
        .args(workspace.selection())
        .args(["--", "-D", "warnings"]))?;
    run(workspace
        .cargo(["doc", "--no-deps"])
        .args(workspace.selection())
        .env("RUSTDOCFLAGS", "-Dwarnings"))
}
