use super::python::Environment;
use crate::suite::Failure;
use crate::workspace::Workspace;

/// Installs the pinned linters of `requirements/tools.txt`.
pub(crate) fn provision(workspace: &Workspace) -> Result<Environment, Failure> {
    Environment::provision(
        workspace.provision().join("tools"),
        &workspace.root().join("xtask/requirements/tools.txt"),
    )
}
