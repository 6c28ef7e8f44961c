use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use super::java;
use super::maven::{Dependency, Maven};
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
    let dependencies = [
        Dependency("org.apache.kafka", "kafka_2.13", version.version),
        Dependency("org.slf4j", "slf4j-simple", "1.7.36"),
    ];
    maven.install(&directory, &dependencies, version.sha256)?;
    let program = directory.join(PROGRAM);
    // The copy keeps the permission to execute.
    fs::copy(workspace.root().join("xtask/kafka").join(PROGRAM), &program)
        .context("cannot install the program that starts Kafka")?;
    Ok(program)
}
