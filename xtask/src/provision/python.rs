use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::stamp::Stamp;
use crate::task_error::TaskError;
use crate::workspace;

/// How long to wait before each retry of a download.
const PAUSES: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(15)];

/// A virtual environment of Python with pinned packages.
pub(crate) struct Environment {
    directory: PathBuf,
}

impl Environment {
    /// Creates the environment `directory` with exactly the packages of a requirements file, unless
    /// an earlier run has created it. `requirements` is the path of that file.
    pub(super) fn provision(directory: PathBuf, requirements: &Path) -> Result<Self, TaskError> {
        let version = python_version()?;
        let packages = fs::read_to_string(requirements)
            .with_context(|| format!("cannot read {}", requirements.display()))?;
        let stamp = Stamp::new(&directory, [version.as_str(), packages.as_str()]);
        let environment = Self { directory };
        if !stamp.is_current() {
            environment.make()?;
            environment.install(requirements)?;
            stamp.write()?;
        }
        Ok(environment)
    }

    /// The path of a program from the environment's packages.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }

    /// The directory of the programs.
    pub(super) fn programs(&self) -> PathBuf {
        self.directory.join("bin")
    }

    fn make(&self) -> Result<(), TaskError> {
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)
                .with_context(|| format!("cannot remove {}", self.directory.display()))?;
        }
        if !has_module("ensurepip") {
            return Err(TaskError::MissingTool(
                "python3 cannot make virtual environments (on Debian: install python3-venv)".into(),
            ));
        }
        let mut command = Command::new("python3");
        command.args(["-m", "venv"]).arg(&self.directory);
        Ok(workspace::run(&mut command)?)
    }

    fn install(&self, requirements: &Path) -> Result<()> {
        let attempt = || {
            let mut command = Command::new(self.program("python"));
            command
                .args(["-m", "pip", "install", "--quiet", "--no-deps"])
                .args(["--disable-pip-version-check", "--no-input"])
                .args(["--retries", "5", "--timeout", "60", "--requirement"])
                .arg(requirements);
            workspace::run(&mut command)
        };
        for pause in PAUSES {
            match attempt() {
                Ok(()) => return self.verify(),
                Err(error) => println!("{error:#}; trying again in {} s", pause.as_secs()),
            }
            thread::sleep(pause);
        }
        attempt()?;
        self.verify()
    }

    /// Fails if the requirements file lacks a dependency of one of its packages.
    fn verify(&self) -> Result<()> {
        workspace::run(Command::new(self.program("python")).args(["-m", "pip", "check"]))
    }
}

fn python_version() -> Result<String, TaskError> {
    let missing = || TaskError::MissingTool("python3 is not installed".into());
    let output = Command::new("python3")
        .arg("--version")
        .output()
        .map_err(|_| missing())?;
    if !output.status.success() {
        return Err(missing());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn has_module(name: &str) -> bool {
    Command::new("python3")
        .args(["-c", &format!("import {name}")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
