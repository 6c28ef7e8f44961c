use std::path::PathBuf;

use super::npm;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// Installs axe, which looks for barriers on a page: <https://github.com/dequelabs/axe-core>. Returns its
/// program. It is pinned in `xtask/browser`, and used by tests alone.
pub(crate) fn provision(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let source = workspace.root().join("xtask/browser");
    let directory = npm::install(&source, workspace.provision().join("browser"))?;
    Ok(directory.join("node_modules/axe-core/axe.min.js"))
}
