use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::java;
use super::maven::{Artifact, Maven};
use super::stamp::Stamp;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// Apache Pulsar's server: <https://pulsar.apache.org/>.
const SERVER: Artifact = Artifact {
    group: "org.apache.pulsar",
    name: "pulsar-server-distribution",
    version: "4.0.8",
    classifier: "bin",
    extension: "tar.gz",
    sha256: "35c7d064c9e0928edbf2e708989faba0379662f98aa84ce0d4190c59efb6765e",
};

/// The oldest Java that runs the server.
const JAVA: u32 = 17;

/// The files of `xtask/pulsar`: the program that starts a broker, and the plug-in that checks
/// credentials as Tuya's message service does.
const PROGRAM: &str = "broker";
const PLUGIN: &str = "HeaderAuth.java";

/// Apache Pulsar on one machine, with its WebSocket service.
pub(crate) struct Pulsar {
    directory: PathBuf,
}

/// Installs Pulsar from Maven Central, and compiles the plug-in.
pub(crate) fn provision(workspace: &Workspace) -> Result<Pulsar, TaskError> {
    java::require("java", JAVA)?;
    java::require("javac", JAVA)?;
    let maven = Maven::find(workspace)?;
    let directory = workspace.provision().join("pulsar");
    install_server(&maven, &directory.join("lib"))?;
    install_own(&workspace.root().join("xtask/pulsar"), &directory)?;
    Ok(Pulsar { directory })
}

impl Pulsar {
    /// The program that starts a broker; its comments describe its arguments.
    pub(crate) fn program(&self) -> PathBuf {
        self.directory.join(PROGRAM)
    }
}

/// Fills `lib` with the server's classes.
fn install_server(maven: &Maven, lib: &Path) -> Result<()> {
    let stamp = Stamp::new(lib, [SERVER.version, SERVER.sha256]);
    if stamp.is_current() {
        return Ok(());
    }
    let archive = maven.fetch(&SERVER)?;
    if lib.exists() {
        fs::remove_dir_all(lib).with_context(|| format!("cannot remove {}", lib.display()))?;
    }
    fs::create_dir_all(lib).with_context(|| format!("cannot make {}", lib.display()))?;
    let mut command = Command::new("tar");
    command
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(lib)
        .arg("--strip-components=2")
        .arg(format!("apache-pulsar-{}/lib", SERVER.version));
    workspace::run(&mut command)?;
    stamp.write()?;
    // The archive has 245 MB and is not needed any more.
    fs::remove_file(&archive).with_context(|| format!("cannot remove {}", archive.display()))
}

/// Copies the files of this repository into the directory that has `lib`.
fn install_own(source: &Path, directory: &Path) -> Result<()> {
    let plugin = directory.join("plugin");
    let read = |name| {
        let file = source.join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let stamp = Stamp::new(
        &plugin,
        [
            SERVER.version,
            JAVA.to_string().as_str(),
            read(PROGRAM)?.as_str(),
            read(PLUGIN)?.as_str(),
        ],
    );
    if stamp.is_current() {
        return Ok(());
    }
    fs::create_dir_all(&plugin).with_context(|| format!("cannot make {}", plugin.display()))?;
    let mut command = Command::new("javac");
    command
        .args(["--release", &JAVA.to_string(), "-proc:none", "-cp"])
        .arg(directory.join("lib/*"))
        .arg("-d")
        .arg(&plugin)
        .arg(source.join(PLUGIN));
    workspace::run(&mut command)?;
    // The copy keeps the permission to execute.
    fs::copy(source.join(PROGRAM), directory.join(PROGRAM)).context("cannot install the broker")?;
    stamp.write()
}
