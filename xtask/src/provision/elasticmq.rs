use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::java;
use super::maven::Maven;
use super::stamp::Stamp;
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
    fs::create_dir_all(&directory).context("cannot make a directory for ElasticMQ")?;
    install(&maven, &directory)?;
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

fn install(maven: &Maven, directory: &Path) -> Result<()> {
    let stamp = Stamp::new(directory, [VERSION, SHA256]);
    if stamp.is_current() {
        return Ok(());
    }
    let project = directory.join("pom.xml");
    fs::write(&project, pom()).context("cannot write a project for Maven")?;
    maven.copy_dependencies(&project, &directory.join("lib"), SHA256)?;
    stamp.write()
}

/// A project that depends only on the server.
fn pom() -> String {
    format!(
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.thingrelay</groupId>
  <artifactId>elasticmq</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.elasticmq</groupId>
      <artifactId>elasticmq-server_2.13</artifactId>
      <version>{VERSION}</version>
    </dependency>
  </dependencies>
</project>
"#
    )
}
