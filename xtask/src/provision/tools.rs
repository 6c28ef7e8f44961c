use super::python::Environment;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// Installs the pinned linters of `requirements/tools.txt`.
pub(crate) fn provision(workspace: &Workspace) -> Result<Environment, TaskError> {
    Environment::provision(
        workspace.provision().join("tools"),
        &workspace.root().join("xtask/requirements/tools.txt"),
    )
}
