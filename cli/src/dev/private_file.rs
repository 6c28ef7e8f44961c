//! Files that hold tokens.

use anyhow::Context;
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Whether a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The file is unchanged.
    None,
    /// The file has changed.
    Some,
}

/// Replaces the whole content of a file, which only its owner can read.
///
/// # Errors
/// The file cannot be read or written.
pub(crate) fn replace(path: &Path, text: &str) -> anyhow::Result<Change> {
    let cannot = || format!("cannot write {}", path.display());
    match fs::read_to_string(path) {
        Ok(there) if there == text => return Ok(Change::None),
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {}
        Err(error) => return Err(error).with_context(cannot),
    }
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(cannot);
        }
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            // Otherwise, a power cut after the rename would leave an empty file.
            file.sync_all()
        })
        .and_then(|()| fs::rename(&new, path))
        .with_context(cannot)?;
    Ok(Change::Some)
}
