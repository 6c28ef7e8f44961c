use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The content of a package to upload.
pub(super) struct Package {
    /// The directory that the names are relative to.
    pub(super) base: PathBuf,
    /// Files, and directories with all their content.
    pub(super) names: Vec<String>,
}

/// The bytes of the package, compressed as Python's `zipfile` does by default.
pub(super) fn size(package: &Package, directory: &Path) -> Result<u64> {
    let file = directory.join("package.zip");
    let status = Command::new("python3")
        .args(["-c", include_str!("../../peers/zip.py")])
        .arg(&file)
        .arg(&package.base)
        .args(&package.names)
        .status()
        .context("python3, which zips, is not installed")?;
    ensure!(status.success(), "zipping failed");
    Ok(fs::metadata(&file)?.len())
}
