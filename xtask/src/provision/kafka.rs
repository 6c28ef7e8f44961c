use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::java;
use super::maven::Maven;
use super::stamp::Stamp;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// A version of Apache Kafka: <https://kafka.apache.org/>.
pub(crate) struct Version {
    version: &'static str,
    /// The digest of its files and those of its dependencies.
    sha256: &'static str,
}

/// The version that most tests use.
pub(crate) const NEWEST: Version = Version {
    version: "4.3.1",
    sha256: "929899bc0205a413e019af82b4ea9cd72ca842beec55d2912c6e09780eb2d3d6",
};

/// A version that stands for the older versions that CKafka offers.
pub(crate) const OLDER: Version = Version {
    version: "3.2.3",
    sha256: "71d704bba1fb352980f83211f98f7af9df2950ea85d83b48fe0addbd793fb1b2",
};

/// The oldest Java that runs both.
const JAVA: u32 = 17;

/// The file of `xtask/kafka` that starts a broker.
const PROGRAM: &str = "broker";

/// Installs Kafka from Maven Central. Returns the program that starts a broker, whose comments
/// describe its arguments.
pub(crate) fn provision(workspace: &Workspace, version: &Version) -> Result<PathBuf, TaskError> {
    java::require("java", JAVA)?;
    let maven = Maven::find(workspace)?;
    let directory = workspace.provision().join("kafka").join(version.version);
    fs::create_dir_all(&directory).context("cannot make a directory for Kafka")?;
    install(&maven, &directory, version)?;
    let program = directory.join(PROGRAM);
    // The copy keeps the permission to execute.
    fs::copy(workspace.root().join("xtask/kafka").join(PROGRAM), &program)
        .context("cannot install the program that starts Kafka")?;
    Ok(program)
}

fn install(maven: &Maven, directory: &Path, version: &Version) -> Result<()> {
    let lib = directory.join("lib");
    let stamp = Stamp::new(directory, [version.version, version.sha256]);
    if stamp.is_current() {
        return Ok(());
    }
    let project = directory.join("pom.xml");
    fs::write(&project, pom(version.version)).context("cannot write a project for Maven")?;
    maven.copy_dependencies(&project, &lib, version.sha256)?;
    stamp.write()
}

/// A project that depends only on the server and its logging.
fn pom(version: &str) -> String {
    format!(
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.thingrelay</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"#
    )
}
