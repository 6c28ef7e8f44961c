use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use crate::program;
use crate::task_error::TaskError;
use crate::workspace;

/// Finds Chromium, or a program of the same kind where there is no such package. On Debian, root
/// installs it.
pub(crate) fn install() -> Result<PathBuf, TaskError> {
    let find = || {
        let chromium = program::find("chromium", "chromium");
        chromium.or_else(|error| program::find("google-chrome", "chromium").or(Err(error)))
    };
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if find().is_err() && is_root && program::find("apt-get", "apt").is_ok() {
        let apt = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            workspace::run(command.args(arguments))
        };
        let install = [
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
        ];
        let installed = apt(&["update", "-qq"]).and_then(|()| apt(&install));
        if let Err(error) = installed {
            println!("{error:#}");
        }
    }
    find()
}
