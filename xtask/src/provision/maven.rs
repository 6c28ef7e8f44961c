//! Servers in Java, from Maven Central.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::installation;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// The oldest Java that runs all of the servers.
pub(super) const JAVA: u32 = 17;

/// The Debian package of Java.
pub(super) const JAVA_PACKAGE: &str = "default-jdk-headless";

/// A server with its dependencies, pinned.
pub(crate) struct Distribution {
    /// The folder in `xtask` of its `pom.xml`.
    folder: &'static str,
    version: &'static str,
    /// The digest of the names and digests of its files.
    sha256: &'static str,
}

/// Apache Kafka, in the version that most tests use: <https://kafka.apache.org/>.
const KAFKA: Distribution = Distribution {
    folder: "kafka",
    version: "4.3.1",
    sha256: "929899bc0205a413e019af82b4ea9cd72ca842beec55d2912c6e09780eb2d3d6",
};

/// Apache Kafka, for the older versions that CKafka offers.
const OLDER_KAFKA: Distribution = Distribution {
    folder: "kafka",
    version: "3.2.3",
    sha256: "71d704bba1fb352980f83211f98f7af9df2950ea85d83b48fe0addbd793fb1b2",
};

/// Apache Pulsar with its WebSocket service: <https://pulsar.apache.org/>.
pub(super) const PULSAR: Distribution = Distribution {
    folder: "pulsar",
    version: "4.0.8",
    sha256: "ca12929bec3bf91c6d586c7479e4cae3568dc8454c4c8d8aa7b324c367c50e5d",
};

/// ElasticMQ, a server of queues with the API of SQS: <https://github.com/softwaremill/elasticmq>.
pub(super) const ELASTICMQ: Distribution = Distribution {
    folder: "elasticmq",
    version: "1.7.1",
    sha256: "6b57a0a18f71ed651ad89306f5d01d15120fb78ec74e31299e484f8e3985bc24",
};

/// Installs Kafka. Returns the program that starts a broker, whose comments describe its arguments.
pub(crate) fn kafka(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    KAFKA.install_with_broker(workspace)
}

/// The same for the older version.
pub(crate) fn older_kafka(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    OLDER_KAFKA.install_with_broker(workspace)
}

impl Distribution {
    /// Installs the server's files into `lib` of the directory that is returned.
    pub(super) fn install(&self, workspace: &Workspace) -> Result<PathBuf, TaskError> {
        require_java()?;
        let maven = program::find("mvn", "maven")?;
        let directory = workspace.provision().join(self.folder).join(self.version);
        let project = workspace.root().join("xtask").join(self.folder);
        let project = project.join("pom.xml");
        let text = installation::read(&project)?;
        let inputs = [&text, self.version, self.sha256];
        installation::once(&directory, &inputs, || {
            let repository = directory.join("repository");
            let mut command = Command::new(&maven);
            command
                .args([
                    "--batch-mode",
                    "--no-transfer-progress",
                    "--quiet",
                    "--file",
                ])
                .arg(&project)
                .arg(format!("-Dmaven.repo.local={}", repository.display()))
                .arg(format!("-Dserver.version={}", self.version))
                .arg(format!("-Ddirectory={}", directory.display()))
                .arg("process-resources");
            installation::download(&mut command)?;
            self.verify(&directory.join("lib"))?;
            // Maven keeps another copy of all files there.
            Ok(fs::remove_dir_all(&repository).context("cannot remove Maven's copies")?)
        })?;
        Ok(directory)
    }

    /// Checks the digest of the files.
    fn verify(&self, lib: &Path) -> Result<()> {
        let found = sha256_of_files(lib)?;
        ensure!(
            found == self.sha256,
            "the files in {} have the sha256 {found}, not {}",
            lib.display(),
            self.sha256
        );
        Ok(())
    }

    /// Installs the server and its program `broker`, which is returned.
    pub(super) fn install_with_broker(&self, workspace: &Workspace) -> Result<PathBuf, TaskError> {
        let directory = self.install(workspace)?;
        let source = workspace.root().join("xtask").join(self.folder);
        installation::copy(&source, &["broker"], &directory)?;
        Ok(directory.join("broker"))
    }
}

/// Requires Java in a version that runs the servers.
fn require_java() -> Result<(), TaskError> {
    let output = Command::new(program::find("java", JAVA_PACKAGE)?)
        .args(["-XshowSettings:properties", "-version"])
        .output()
        .context("java does not start")?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    // Before Java 9, versions were like 1.8.
    let version = told
        .lines()
        .find_map(|line| line.trim().strip_prefix("java.specification.version = "));
    match version.map(str::parse::<u32>) {
        Some(Ok(version)) if version >= JAVA => Ok(()),
        _ => Err(TaskError::MissingTool(format!(
            "java {JAVA} or newer is not installed (on Debian: install {JAVA_PACKAGE}); there is {}",
            version.unwrap_or("none")
        ))),
    }
}

/// The digest of a line for each file in `directory`, by name: the name, a space, its digest.
fn sha256_of_files(directory: &Path) -> Result<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let digest = hex::encode(Sha256::digest(fs::read(entry.path())?));
        lines.push(format!("{} {digest}\n", entry.file_name().display()));
    }
    lines.sort();
    Ok(hex::encode(Sha256::digest(lines.concat())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_another_name_or_content_are_refused() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let lib = directory.path();
        fs::write(lib.join("a"), "abc")?;
        fs::write(lib.join("b"), "abc")?;
        let server = Distribution {
            folder: "server",
            version: "1",
            sha256: "c9ecd33412e5d650c7be8d682c1e66b03166e7aabe96b82ad5bd0350af86207f",
        };
        server.verify(lib)?;
        fs::write(lib.join("b"), "abd")?;
        assert!(server.verify(lib).is_err());
        fs::remove_file(lib.join("b"))?;
        fs::write(lib.join("c"), "abc")?;
        assert!(server.verify(lib).is_err());
        Ok(())
    }
}
