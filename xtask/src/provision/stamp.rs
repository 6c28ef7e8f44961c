use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A file in the directory of a provisioned tool that records what was installed there. The file is
/// written last, so that an incomplete installation has no stamp.
pub(super) struct Stamp {
    file: PathBuf,
    content: String,
}

impl Stamp {
    /// The stamp of a directory for its intended content. `inputs` are the values whose change
    /// requires a new installation.
    pub(super) fn new<'a>(directory: &Path, inputs: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for input in inputs {
            hash.update((input.len() as u64).to_be_bytes());
            hash.update(input);
        }
        Self {
            file: directory.join("stamp"),
            content: hex::encode(hash.finalize()),
        }
    }

    /// Whether the directory has exactly the intended content.
    pub(super) fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|found| found == self.content)
    }

    /// Records that the directory has the intended content.
    pub(super) fn write(&self) -> Result<()> {
        fs::write(&self.file, &self.content)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_current_only_for_what_it_was_written_for() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let stamp = Stamp::new(directory.path(), ["3.11", "a==1"]);
        assert!(!stamp.is_current());
        stamp.write()?;
        assert!(Stamp::new(directory.path(), ["3.11", "a==1"]).is_current());
        assert!(!Stamp::new(directory.path(), ["3.11", "a==2"]).is_current());
        assert!(!Stamp::new(directory.path(), ["3.11a", "==1"]).is_current());
        Ok(())
    }
}
