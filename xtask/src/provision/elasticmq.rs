use anyhow::Result;

use super::maven::ELASTICMQ;
use crate::server::{self, Server};
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// Installs and starts ElasticMQ, with its queues in memory.
pub(crate) fn start(workspace: &Workspace) -> Result<Server, TaskError> {
    let directory = ELASTICMQ.install(workspace)?;
    let port = server::free_port()?;
    let mut command = server::guarded("java");
    command
        .args(["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC"])
        .arg("-Drest-sqs.bind-hostname=127.0.0.1")
        .arg(format!("-Drest-sqs.bind-port={port}"))
        .arg("-Drest-stats.enabled=false")
        .arg("-cp")
        .arg(directory.join("lib/*"))
        .arg("org.elasticmq.server.Main")
        .current_dir(&directory);
    Ok(Server::start(
        command,
        port,
        "/health",
        &directory.join("log"),
    )?)
}
