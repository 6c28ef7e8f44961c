use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::task_error::TaskError;

/// The path of a program in the search path. The Debian package `package` contains the program.
pub(crate) fn find(name: &str, package: &str) -> Result<PathBuf, TaskError> {
    env::var_os("PATH")
        .and_then(|path| {
            env::split_paths(&path)
                .map(|directory| directory.join(name))
                .find(|file| file.is_file())
        })
        .ok_or_else(|| {
            TaskError::MissingTool(format!(
                "{name} is not installed (on Debian: install {package})"
            ))
        })
}

/// The search path of this process, with a directory in front.
pub(crate) fn path_with(directory: &Path) -> Result<OsString> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let directories = [directory.to_path_buf()];
    env::join_paths(directories.into_iter().chain(env::split_paths(&inherited)))
        .with_context(|| format!("{} cannot be in PATH", directory.display()))
}
