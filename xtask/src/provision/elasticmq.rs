use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::java;
use super::maven::{Dependency, Maven};
use crate::server::{Plan, free_port};
use crate::task_error::TaskError;
use crate::workspace::Workspace;

const VERSION: &str = "1.7.1";

/// The digest of the server's files and those of its dependencies.
const SHA256: &str = "6b57a0a18f71ed651ad89306f5d01d15120fb78ec74e31299e484f8e3985bc24";

/// The oldest Java that is tried.
const JAVA: u32 = 17;

/// ElasticMQ, a server of queues in Scala with the API of SQS: <https://github.com/softwaremill/elasticmq>.
pub(crate) struct ElasticMq {
    directory: PathBuf,
}

/// Installs ElasticMQ from Maven Central.
pub(crate) fn provision(workspace: &Workspace) -> Result<ElasticMq, TaskError> {
    java::require("java", JAVA)?;
    let maven = Maven::find(workspace)?;
    let directory = workspace.provision().join("elasticmq");
    let server = Dependency("org.elasticmq", "elasticmq-server_2.13", VERSION);
    maven.install(&directory, &[server], SHA256)?;
    Ok(ElasticMq { directory })
}

impl ElasticMq {
    /// How to start the server: on a free port of this machine, with its queues in memory.
    pub(crate) fn server(&self) -> Result<Plan> {
        let port = free_port()?;
        let mut command = Command::new("java");
        command
            .args(["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC"])
            .arg("-Drest-sqs.bind-hostname=127.0.0.1")
            .arg(format!("-Drest-sqs.bind-port={port}"))
            .arg("-Drest-stats.enabled=false")
            .arg("-cp")
            .arg(self.directory.join("lib/*"))
            .arg("org.elasticmq.server.Main")
            .current_dir(&self.directory);
        Ok(Plan {
            command,
            port,
            ready_path: "/health",
            log: self.directory.join("log"),
        })
    }
}
