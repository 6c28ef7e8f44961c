use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::python::Environment;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// The functions in Python, in `bench/peers/python`.
const FUNCTIONS: [&str; 4] = ["app.py", "ckafka.py", "tuya.py", "webhook.py"];

/// Installs the packages of the functions as `requirements.txt` pins them, and copies the functions
/// to the same place. Returns the interpreter, and the directory of the functions.
pub(crate) fn provision(workspace: &Workspace) -> Result<[PathBuf; 2], TaskError> {
    let source = workspace.root().join("bench/peers/python");
    let environment = Environment::provision(
        workspace.provision().join("peer-python"),
        &source.join("requirements.txt"),
    )?;
    let packages = site_packages(&environment)?;
    for function in FUNCTIONS {
        fs::copy(source.join(function), packages.join(function))
            .with_context(|| format!("cannot install {function}"))?;
    }
    Ok([environment.program("python"), packages])
}

fn site_packages(environment: &Environment) -> Result<PathBuf> {
    let program = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let output = Command::new(environment.program("python"))
        .args(["-c", program])
        .output()?;
    ensure!(output.status.success(), "Python does not know its packages");
    Ok(String::from_utf8(output.stdout)?.trim().into())
}
