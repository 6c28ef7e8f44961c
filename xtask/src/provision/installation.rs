//! Installs a tool into a directory of its own, once.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::task_error::TaskError;
use crate::workspace;

/// How long to wait before each retry of a download.
const PAUSES: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(15)];

/// Calls `install`, which fills the empty directory, unless an earlier run has filled it for the same
/// inputs. Their digest is in a file that is written last, so that an incomplete installation has none.
pub(super) fn once(
    directory: &Path,
    inputs: &[&str],
    install: impl FnOnce() -> Result<(), TaskError>,
) -> Result<(), TaskError> {
    let mut hash = Sha256::new();
    for input in inputs {
        hash.update((input.len() as u64).to_be_bytes());
        hash.update(input);
    }
    let digest = hex::encode(hash.finalize());
    // Another suite may need the same tool at the same time. The lock ends with the file's handle.
    let parent = directory.parent().context("a directory without a parent")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let _alone = alone(&directory.with_added_extension("lock"))?;
    let stamp = directory.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == digest) {
        return Ok(());
    }
    workspace::empty(directory.to_path_buf())?;
    install()?;
    Ok(fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))?)
}

/// Locks a file, which is made if it is missing, until the value is dropped.
pub(super) fn alone(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// Runs a command that downloads, and retries it twice.
pub(super) fn download(command: &mut Command) -> Result<()> {
    for pause in PAUSES {
        match workspace::run(command) {
            Ok(()) => return Ok(()),
            Err(error) => println!("{error:#}; trying again in {} s", pause.as_secs()),
        }
        thread::sleep(pause);
    }
    workspace::run(command)
}

/// Copies files with their permissions into a directory.
pub(super) fn copy(source: &Path, files: &[&str], directory: &Path) -> Result<()> {
    for file in files {
        fs::copy(source.join(file), directory.join(file))
            .with_context(|| format!("cannot install {file} of {}", source.display()))?;
    }
    Ok(())
}

/// The text of a file.
pub(super) fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_filled_again_when_an_input_changes_or_filling_it_failed() -> Result<()> {
        let root = tempfile::tempdir()?;
        let directory = root.path().join("tool");
        let is_filled = |inputs: &[&str], succeeds: bool| -> Result<bool> {
            let mut is_filled = false;
            let result = once(&directory, inputs, || {
                is_filled = true;
                assert_eq!(fs::read_dir(&directory).map(Iterator::count).ok(), Some(0));
                fs::write(directory.join("file"), "").context("a file")?;
                match succeeds {
                    true => Ok(()),
                    false => Err(TaskError::MissingTool("a tool".into())),
                }
            });
            assert_eq!(result.is_ok(), succeeds || !is_filled);
            Ok(is_filled)
        };
        assert!(is_filled(&["3.11", "a==1"], false)?);
        assert!(is_filled(&["3.11", "a==1"], true)?);
        assert!(!is_filled(&["3.11", "a==1"], true)?);
        assert!(is_filled(&["3.11", "a==2"], true)?);
        assert!(is_filled(&["3.11a", "==2"], true)?);
        Ok(())
    }
}
