//! Virtual environments of Python with pinned packages.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::installation;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// Installs exactly the packages of `xtask/requirements/NAME.txt`. Returns the directory of their
/// programs, and of `python`.
pub(crate) fn install(workspace: &Workspace, name: &str) -> Result<PathBuf, TaskError> {
    install_from(workspace, name, &format!("xtask/requirements/{name}.txt"))
}

/// Installs exactly the packages of a requirements file into the environment of this name.
pub(super) fn install_from(
    workspace: &Workspace,
    name: &str,
    requirements: &str,
) -> Result<PathBuf, TaskError> {
    let system = program::find("python3", "python3")?;
    let requirements = workspace.root().join(requirements);
    let packages = installation::read(&requirements)?;
    let version = Command::new(&system).arg("--version").output();
    let version = version.context("python3 does not start")?.stdout;
    let directory = workspace.provision().join(name);
    let programs = directory.join("bin");
    let inputs: [&str; 2] = [&String::from_utf8_lossy(&version), &packages];
    installation::once(&directory, &inputs, || {
        let mut module = Command::new(&system);
        if workspace::run(module.args(["-c", "import ensurepip"])).is_err() {
            return Err(TaskError::MissingTool(
                "python3 cannot make virtual environments (on Debian: install python3-venv)".into(),
            ));
        }
        workspace::run(Command::new(&system).args(["-m", "venv"]).arg(&directory))?;
        let mut pip = Command::new(programs.join("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .args(["--disable-pip-version-check", "--no-input"])
            .args(["--retries", "5", "--timeout", "60", "--requirement"])
            .arg(&requirements);
        installation::download(&mut pip)?;
        // Fails if the requirements file lacks a dependency of one of its packages.
        let mut check = Command::new(programs.join("python"));
        Ok(workspace::run(check.args(["-m", "pip", "check"]))?)
    })?;
    Ok(programs)
}
