use std::fs;

use anyhow::{Context, Result};

use super::python;
use crate::server::{self, Server};
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// Installs and starts ministack, an emulator of AWS's services in Python, without files outside its
/// directory: <https://pypi.org/project/ministack/>.
pub(crate) fn start(workspace: &Workspace) -> Result<Server, TaskError> {
    let programs = python::install(workspace, "ministack")?;
    let directory = programs.with_file_name("work").join(workspace.suite);
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let port = server::free_port()?;
    let mut command = server::guarded(programs.join("ministack"));
    command
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("SFTP_ENABLED", "0")
        .env("IOT_MTLS_ENABLED", "0")
        .env("LOG_LEVEL", "WARNING")
        .env("TMPDIR", &directory)
        .current_dir(&directory);
    let log = directory.join("log");
    Ok(Server::start(command, port, "/_ministack/health", &log)?)
}
