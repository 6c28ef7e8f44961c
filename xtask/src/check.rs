use anyhow::Result;

use crate::compiler;
use crate::workspace::{Workspace, run};

/// Checks formatting, lints and documentation, the cheapest first.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["fmt", "--all", "--check"]))?;
    // The fuzz targets are a workspace of their own.
    let fuzz = ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"];
    run(&mut workspace.cargo(fuzz))?;
    let lint = |targets: &[&str]| {
        run(workspace
            .cargo(["clippy"])
            .args(targets)
            .args(workspace.selection())
            .args(["--", "-D", "warnings"]))
    };
    lint(&["--all-targets"])?;
    // All targets do not include the tests that have a suite of their own.
    lint(&["--test", "*"])?;
    if compiler::find().is_ok() {
        lint(&["--all-targets", "--features", "thingrelay-cli/ckafka"])?;
    }
    run(workspace
        .cargo(["doc", "--no-deps"])
        .args(workspace.selection())
        .env("RUSTDOCFLAGS", "-Dwarnings"))
}
