//! Keeps the queues on disk, so that what was acknowledged survives the end of the process.
//!
//! Changes go to one thread that writes whatever has gathered since its last write in one
//! transaction: many sends share one `fsync`. Counts of receives ride along with the next write
//! that somebody waits for; visibility timeouts are not kept, so that after a restart every message
//! is visible, or dead after as many receives as before.
//!
//! - `tables`: the tables, and how a change is written to them.
//! - `writer`: the thread, and the end of it.

mod tables;
#[cfg(test)]
mod tests;
mod writer;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, StorageError};

use crate::queue::Millis;
use crate::registry::Registry;

pub(crate) use writer::{Journal, NotKept, Writer};

/// The file in the data directory.
const FILE: &str = "queues.redb";

/// How much of the file is kept in memory, in bytes; the queues are in memory anyway.
const CACHE: usize = 16 * 1024 * 1024;

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Another server uses the directory; stop it or choose another directory.
    #[error("{0} is in use by another process")]
    Locked(PathBuf),
    /// The directory or file cannot be made, read or written.
    #[error("cannot use {path}: {source}")]
    Unusable { path: PathBuf, source: io::Error },
    /// The file is not one that this version wrote; nothing was changed.
    #[error("{path} is damaged or of another kind: {reason}")]
    Corrupt { path: PathBuf, reason: String },
}

/// Opens the store in the directory, which is made if it is not there, and puts the queues that it
/// keeps into the registry.
pub(crate) fn open(
    directory: &Path,
    registry: &mut Registry,
    now: Millis,
) -> Result<Writer, OpenError> {
    let unusable = |path: &Path, source| OpenError::Unusable {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(directory).map_err(|source| unusable(directory, source))?;
    let path = directory.join(FILE);
    let database = Database::builder()
        .set_cache_size(CACHE)
        .create(&path)
        .map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::Locked(path.clone()),
            DatabaseError::Storage(StorageError::Io(source))
                if source.kind() != io::ErrorKind::InvalidData =>
            {
                unusable(&path, source)
            }
            other => OpenError::Corrupt {
                path: path.clone(),
                reason: other.to_string(),
            },
        })?;
    tables::load(&database, registry, now).map_err(|error| OpenError::Corrupt {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    Writer::start(database).map_err(|source| unusable(&path, source))
}
