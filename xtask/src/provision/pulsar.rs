use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::maven::{JAVA, JAVA_PACKAGE, PULSAR};
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// Installs Pulsar, and compiles the plug-in that checks credentials as Tuya's message service does.
/// Returns the program that starts a broker, whose comments describe its arguments.
pub(crate) fn install(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let compiler = program::find("javac", JAVA_PACKAGE)?;
    let broker = PULSAR.install_with_broker(workspace)?;
    let plugin = broker.with_file_name("plugin");
    fs::create_dir_all(&plugin).with_context(|| format!("cannot make {}", plugin.display()))?;
    let mut command = Command::new(compiler);
    command
        .args(["--release", &JAVA.to_string(), "-proc:none", "-cp"])
        .arg(broker.with_file_name("lib").join("*"))
        .arg("-d")
        .arg(&plugin)
        .arg(workspace.root().join("xtask/pulsar/HeaderAuth.java"));
    workspace::run(&mut command)?;
    Ok(broker)
}
