use std::env;
use std::path::PathBuf;

use crate::suite::Failure;

/// The path of a program in the search path. The Debian package `package` contains the program.
pub(crate) fn find(name: &str, package: &str) -> Result<PathBuf, Failure> {
    env::var_os("PATH")
        .and_then(|path| {
            env::split_paths(&path)
                .map(|directory| directory.join(name))
                .find(|file| file.is_file())
        })
        .ok_or_else(|| {
            Failure::MissingTool(format!(
                "{name} is not installed (on Debian: install {package})"
            ))
        })
}
