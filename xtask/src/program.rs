use std::env;
use std::path::PathBuf;

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
