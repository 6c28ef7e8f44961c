//! Packages of Node.js, as lock files pin them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::installation;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// Installs axe, which looks for barriers on a page: <https://github.com/dequelabs/axe-core>. Returns
/// its program. It is used by tests alone.
pub(crate) fn axe(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let directory = install(workspace, "browser", "xtask/browser", &[])?;
    Ok(directory.join("node_modules/axe-core/axe.min.js"))
}

/// Installs the receivers of `examples`. Returns their directory.
pub(crate) fn receiver(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let receivers = ["receiver.mjs", "webhook.mjs"];
    install(workspace, "receiver", "examples", &receivers)
}

/// Copies the programs of a folder to the directory of this name, installs what they need, and runs
/// the script `build` of `package.json` if there is one.
pub(super) fn install(
    workspace: &Workspace,
    name: &str,
    folder: &str,
    programs: &[&str],
) -> Result<PathBuf, TaskError> {
    program::find("node", "nodejs")?;
    let npm = program::find("npm", "npm")?;
    let source = workspace.root().join(folder);
    let directory = workspace.provision().join(name);
    let files = [&["package.json", "package-lock.json"][..], programs].concat();
    let texts = files
        .iter()
        .map(|file| installation::read(&source.join(file)));
    let texts = texts.collect::<Result<Vec<_>>>()?;
    let inputs: Vec<&str> = texts.iter().map(String::as_str).collect();
    installation::once(&directory, &inputs, || {
        installation::copy(&source, &files, &directory)?;
        for arguments in [
            &["ci", "--ignore-scripts", "--no-audit", "--no-fund"][..],
            &["run", "--silent", "--if-present", "build"],
        ] {
            let mut command = Command::new(&npm);
            installation::download(command.args(arguments).current_dir(&directory))?;
        }
        Ok(())
    })?;
    Ok(directory)
}
