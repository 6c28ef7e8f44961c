use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use crate::program;
use crate::task_error::TaskError;
use crate::workspace;

/// The program, and its Debian package.
const NAME: &str = "chromium";

/// A program of the same kind, where there is no such package.
const OTHER: &str = "google-chrome";

/// Chromium of the system.
pub(crate) struct Chromium {
    pub(crate) program: PathBuf,
    /// Whether its sandbox works: not for root.
    pub(crate) has_sandbox: bool,
}

/// Finds Chromium. On Debian, root installs it.
pub(crate) fn provision() -> Result<Chromium, TaskError> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let find =
        || program::find(NAME, NAME).or_else(|error| program::find(OTHER, NAME).or(Err(error)));
    let mut found = find();
    if found.is_err() && is_root && program::find("apt-get", "apt").is_ok() {
        for arguments in [
            &["update", "-qq"][..],
            &["install", "-y", "-qq", "--no-install-recommends", NAME],
        ] {
            let mut command = Command::new("apt-get");
            command
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive");
            if workspace::run(&mut command).is_err() {
                break;
            }
        }
        found = find();
    }
    Ok(Chromium {
        program: found?,
        has_sandbox: !is_root,
    })
}
