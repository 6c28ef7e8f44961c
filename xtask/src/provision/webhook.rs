use super::python::Environment;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// Installs the pinned libraries of `requirements/webhook.txt`, by which a receiver verifies and reads
/// requests.
pub(crate) fn provision(workspace: &Workspace) -> Result<Environment, TaskError> {
    Environment::provision(
        workspace.provision().join("webhook"),
        &workspace.root().join("xtask/requirements/webhook.txt"),
    )
}
