//! Keeps the queues on disk, so that what was acknowledged survives the end of the process.
//!
//! Changes go to one thread that writes whatever has gathered since its last write in one
//! transaction: many sends share one `fsync`. Counts of receives ride along with the next write
//! that somebody waits for; visibility timeouts are not kept, so that after a restart every message
//! is visible. A receive that the end of the process interrupted does not count.
//!
//! Every write keeps the tick at which it happened, and the ticks of the next process begin there.
//! So what a message still waits for is the same after a restart, whatever the wall clock says by
//! then. The time between two processes counts for `DOWNTIME` at most.
//!
//! - `format_1`: stores of the first format.
//! - `tables`: the tables, and how a change is written to them.
//! - `writer`: the thread, and the end of it.

mod format_1;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, StorageError};

use crate::clock::Clock;
use crate::queue::Millis;
use crate::registry::Registry;
use crate::registry::naming::Identity;

pub(crate) use writer::{Journal, NotKept, Writer};

/// The file in the data directory.
const FILE: &str = "queues.redb";

/// How much of the time in which no process ran counts, in milliseconds: enough for every delay and
/// for deduplication to end, and so little that a wall clock that was set forward lets no message
/// expire. At least a second counts, so that the numbers of two processes differ.
const DOWNTIME: RangeInclusive<Millis> = 1_000..=900_000;

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
/// keeps into a registry. The clock goes on where the last writer's stood.
pub(crate) fn open(
    directory: &Path,
    identity: Identity,
    clock: &Clock,
) -> Result<(Registry, Writer), OpenError> {
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
    let registry =
        tables::load(&database, identity, clock).map_err(|error| OpenError::Corrupt {
            path: path.clone(),
            reason: error.to_string(),
        })?;
    let writer = Writer::start(database, clock.clone());
    Ok((registry, writer.map_err(|source| unusable(&path, source))?))
}
