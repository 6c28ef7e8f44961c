use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::stamp::Stamp;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace;

/// The files that npm reads.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Installs the packages that the lock file in `source` pins into `directory`. Returns the directory.
pub(super) fn install(source: &Path, directory: PathBuf) -> Result<PathBuf, TaskError> {
    let npm = program::find("npm", "npm")?;
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let mut texts = Vec::new();
    for file in FILES {
        let text = fs::read_to_string(source.join(file));
        texts.push(text.with_context(|| format!("cannot read {file} of {}", source.display()))?);
    }
    let stamp = Stamp::new(&directory, texts.iter().map(String::as_str));
    if !stamp.is_current() {
        for (file, text) in FILES.iter().zip(&texts) {
            let written = fs::write(directory.join(file), text);
            written.with_context(|| format!("cannot install {file}"))?;
        }
        let mut command = Command::new(npm);
        command
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&directory);
        workspace::run(&mut command)?;
        stamp.write()?;
    }
    Ok(directory)
}
