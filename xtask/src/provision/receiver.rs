use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::stamp::Stamp;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// The files that npm reads, in `examples`.
const PACKAGES: [&str; 2] = ["package.json", "package-lock.json"];

/// The receivers themselves, in the same directory.
const RECEIVERS: [&str; 2] = ["receiver.mjs", "webhook.mjs"];

/// Installs the packages of the receivers in Node.js as their lock file pins them, and copies the
/// receivers beside them. Returns their directory.
pub(crate) fn provision(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    program::find("node", "nodejs")?;
    let npm = program::find("npm", "npm")?;
    let source = workspace.root().join("examples");
    let directory = workspace.provision().join("receiver");
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let mut texts = Vec::new();
    for file in PACKAGES {
        let text = fs::read_to_string(source.join(file));
        texts.push(text.with_context(|| format!("cannot read {file} of the examples"))?);
    }
    let stamp = Stamp::new(&directory, texts.iter().map(String::as_str));
    if !stamp.is_current() {
        for (file, text) in PACKAGES.iter().zip(&texts) {
            let written = fs::write(directory.join(file), text);
            written.with_context(|| format!("cannot install {file}"))?;
        }
        let mut command = Command::new(npm);
        command
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&directory);
        workspace::run(&mut command)?;
        stamp.write()?;
    }
    for receiver in RECEIVERS {
        fs::copy(source.join(receiver), directory.join(receiver))
            .with_context(|| format!("cannot install {receiver}"))?;
    }
    Ok(directory)
}
