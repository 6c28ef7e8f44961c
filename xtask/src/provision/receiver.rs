use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use super::npm;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// The receivers, in `examples`.
const RECEIVERS: [&str; 2] = ["receiver.mjs", "webhook.mjs"];

/// Installs the packages of the receivers in Node.js as their lock file pins them, and copies the
/// receivers beside them. Returns their directory.
pub(crate) fn provision(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    program::find("node", "nodejs")?;
    let source = workspace.root().join("examples");
    let directory = npm::install(&source, workspace.provision().join("receiver"))?;
    for receiver in RECEIVERS {
        fs::copy(source.join(receiver), directory.join(receiver))
            .with_context(|| format!("cannot install {receiver}"))?;
    }
    Ok(directory)
}
