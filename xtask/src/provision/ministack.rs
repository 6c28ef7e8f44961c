use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::python::Environment;
use crate::server::{Plan, free_port};
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// ministack, an emulator of AWS's services in Python: <https://pypi.org/project/ministack/>.
pub(crate) struct Ministack {
    program: PathBuf,
    directory: PathBuf,
}

/// Installs the pinned version of `requirements/ministack.txt`.
pub(crate) fn provision(workspace: &Workspace) -> Result<Ministack, TaskError> {
    let directory = workspace.provision().join("ministack");
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let environment = Environment::provision(
        directory.join("venv"),
        &workspace.root().join("xtask/requirements/ministack.txt"),
    )?;
    Ok(Ministack {
        program: environment.program("ministack"),
        directory,
    })
}

impl Ministack {
    /// How to start the server: on a free port of this machine, without files outside its
    /// directory.
    pub(crate) fn server(&self) -> Result<Plan> {
        let port = free_port()?;
        let mut command = Command::new(&self.program);
        command
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("SFTP_ENABLED", "0")
            .env("IOT_MTLS_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING")
            .env("TMPDIR", &self.directory)
            .current_dir(&self.directory);
        Ok(Plan {
            command,
            port,
            ready_path: "/_ministack/health",
            log: self.directory.join("log"),
        })
    }
}
