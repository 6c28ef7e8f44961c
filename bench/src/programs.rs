use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The directory of the programs of these packages. They are built for release, unless a directory
/// is given.
pub(crate) fn released(packages: &[&str], given: Option<&Path>) -> Result<PathBuf> {
    if let Some(programs) = given {
        return std::path::absolute(programs).context("the directory of the programs");
    }
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release"]);
    for package in packages {
        command.args(["--package", package]);
    }
    let status = command.status().context("cargo cannot be started")?;
    ensure!(status.success(), "the programs cannot be built");
    Ok(target().join("release"))
}

/// The directory into which cargo builds. `cargo xtask` starts this program in the checkout.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}
