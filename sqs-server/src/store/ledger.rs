//! The number of the last write, in a file beside the store. It shows whether the store has lost
//! its newest messages.
//!
//! After the process has ended, the store recovers by going back to the last complete write. If
//! damage to the file takes the last write away, it would silently go back one write too far.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The file in the data directory.
const FILE: &str = "queues.commit";

/// The number and its complement, each of eight bytes.
const LENGTH: usize = 16;

/// The file with the number.
#[derive(Debug)]
pub(super) struct Ledger {
    file: File,
}

/// The file with the number cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    #[error("{0} is damaged")]
    Damaged(PathBuf),
    #[error("cannot use {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl Ledger {
    /// The number in the directory; `None` if it was never written there.
    pub(super) fn read(directory: &Path) -> Result<Option<u64>, LedgerError> {
        let path = directory.join(FILE);
        let mut bytes = Vec::new();
        match File::open(&path) {
            Ok(mut file) => file.read_to_end(&mut bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        }
        .map_err(|source| LedgerError::Io {
            path: path.clone(),
            source,
        })?;
        let number = |half: &[u8]| half.try_into().map(u64::from_le_bytes).ok();
        let halves = bytes.split_at_checked(LENGTH / 2);
        let halves = halves.and_then(|(one, other)| number(one).zip(number(other)));
        match halves {
            Some((number, complement)) if number == !complement => Ok(Some(number)),
            _ => Err(LedgerError::Damaged(path)),
        }
    }

    /// Creates the file with the number, completely or not at all.
    pub(super) fn make(directory: &Path, number: u64) -> Result<Ledger, LedgerError> {
        let path = directory.join(FILE);
        let fresh = directory.join(format!("{FILE}.new"));
        let make = || {
            let mut file = OpenOptions::new();
            let file = file.write(true).create(true).truncate(true).open(&fresh)?;
            let mut ledger = Ledger { file };
            ledger.write(number)?;
            ledger.file.sync_all()?;
            fs::rename(&fresh, &path)?;
            Ok(ledger)
        };
        make().map_err(|source| LedgerError::Io {
            path: path.clone(),
            source,
        })
    }

    /// Writes the number of a write that is on disk. After a power failure, the file may have an
    /// earlier number, which is harmless.
    pub(super) fn write(&mut self, number: u64) -> io::Result<()> {
        let mut bytes = [0; LENGTH];
        let (one, other) = bytes.split_at_mut(LENGTH / 2);
        one.copy_from_slice(&number.to_le_bytes());
        other.copy_from_slice(&(!number).to_le_bytes());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&bytes)
    }
}
