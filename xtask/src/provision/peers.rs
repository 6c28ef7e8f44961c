//! The programs in other languages that the benchmarks compare with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{installation, npm, python};
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// Installs the functions in Python beside their packages. Returns the interpreter, and the directory
/// of the functions.
pub(crate) fn python(workspace: &Workspace) -> Result<[PathBuf; 2], TaskError> {
    let folder = "bench/peers/python";
    let requirements = format!("{folder}/requirements.txt");
    let programs = python::install_from(workspace, "peer-python", &requirements)?;
    let packages = site_packages(&programs)?;
    let functions = ["app.py", "ckafka.py", "tuya.py", "webhook.py"];
    installation::copy(&workspace.root().join(folder), &functions, &packages)?;
    Ok([programs.join("python"), packages])
}

/// The directory of the packages of an environment.
fn site_packages(programs: &Path) -> Result<PathBuf> {
    let mut versions = fs::read_dir(programs.with_file_name("lib"))?;
    let version = versions.next().context("Python has no packages")??;
    Ok(version.path().join("site-packages"))
}

/// Installs the function in Node.js, bundled with its packages. Returns the interpreter, and the
/// directory of the function.
pub(crate) fn node(workspace: &Workspace) -> Result<[PathBuf; 2], TaskError> {
    let programs = ["app.mjs", "runtime.mjs"];
    let directory = npm::install(workspace, "peer-node", "bench/peers/node", &programs)?;
    Ok([program::find("node", "nodejs")?, directory])
}
