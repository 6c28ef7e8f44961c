use std::env;
use std::ffi::OsString;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::python::Environment;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// cargo-fuzz, and the nightly compiler, without which it builds nothing:
/// <https://rust-fuzz.github.io/book/cargo-fuzz.html>.
pub(crate) struct CargoFuzz {
    search_path: OsString,
}

/// Installs the pinned version of `requirements/fuzz.txt`. The nightly compiler has to be there.
pub(crate) fn provision(workspace: &Workspace) -> Result<CargoFuzz, TaskError> {
    // libFuzzer is compiled from C++.
    program::find("c++", "g++")?;
    let has_nightly = Command::new("rustup")
        .args(["run", "nightly", "rustc", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_nightly {
        return Err(TaskError::MissingTool(
            "Rust's nightly compiler is not installed (rustup toolchain install nightly)".into(),
        ));
    }
    let environment = Environment::provision(
        workspace.provision().join("fuzz"),
        &workspace.root().join("xtask/requirements/fuzz.txt"),
    )?;
    let others = env::var_os("PATH").unwrap_or_default();
    let directories = [environment.programs().to_path_buf()]
        .into_iter()
        .chain(env::split_paths(&others));
    Ok(CargoFuzz {
        search_path: env::join_paths(directories).context("PATH cannot be extended")?,
    })
}

impl CargoFuzz {
    /// `cargo fuzz` by the nightly compiler, in the checkout.
    pub(crate) fn command(&self, workspace: &Workspace) -> Command {
        let mut command = Command::new("rustup");
        command
            .args(["run", "nightly", "cargo", "fuzz"])
            .current_dir(workspace.root())
            .env("PATH", &self.search_path)
            .env_remove("CARGO_TARGET_DIR");
        command
    }
}
