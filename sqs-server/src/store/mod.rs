//! Keeps the queues on disk, so that acknowledged changes survive the end of the process.
//!
//! Changes go to one thread, which writes all changes since its last write in one transaction: many
//! sends share one `fsync`. Counts of receives are written with the next change that a request
//! waits for, and the broker asks for a write every 100 ms. Visibility timeouts are not stored, so
//! after a restart every message is visible. A receive that the end of the process interrupted does
//! not count.
//!
//! Every write stores the tick at which it happened, and the ticks of the next process begin there.
//! So the rest of a delay is the same after a restart, whatever the wall clock shows. Of the time
//! between two processes, `DOWNTIME` at most counts. A wall clock that is set is noted by a write of its
//! own, so that what it moved by is not taken for time that has passed.
//!
//! Damage to the file is found when it is opened: every page has a checksum, and the number of the
//! last write is in a file of its own.
//!
//! After a failed write, for example on a full disk, the queues in memory are ahead of the store.
//! Then the broker opens the store again, and continues from the stored queues.
//!
//! - `format`: creates the tables, and upgrades them.
//! - `format_1`: stores of the first format.
//! - `ledger`: the number of the last write.
//! - `loading`: reads the tables.
//! - `quiet`: catches panics of the database on damage.
//! - `tables`: the tables, and how a change is written to them.
//! - `writer`: the thread that writes.

mod format;
mod format_1;
mod ledger;
mod loading;
mod quiet;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, DatabaseError, ReadableDatabase as _, StorageError};

use ledger::{Ledger, LedgerError};
use loading::LastWrite;
use tables::TableError;

use crate::clock::Clock;
use crate::queue::Millis;
use crate::registry::Registry;
use crate::registry::naming::Identity;

pub(crate) use writer::{Journal, WriteError, Writer, WriterThread};

use writer::Writing;

/// The file in the data directory.
const FILE: &str = "queues.redb";

/// How much of the time without a process counts, in milliseconds. It is long enough for every
/// delay and for deduplication to end, and short enough that no message expires if the wall clock
/// was set forward. At least a second counts, so that the numbers of two processes differ.
const DOWNTIME: RangeInclusive<Millis> = 1_000..=900_000;

/// How much of the file is cached in memory, in bytes. The queues are in memory anyway.
const CACHE: usize = 16 * 1024 * 1024;

/// What is damaged, or how that was found.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Another server uses the directory; stop it or choose another directory.
    #[error("{0} is in use by another process")]
    Locked(PathBuf),
    /// The directory or file cannot be created, read or written.
    #[error("cannot use {path}: {source}")]
    Unusable { path: PathBuf, source: io::Error },
    /// This version did not write the file, or not all of it. Nothing was read from it.
    #[error("{path} is damaged, missing or not a data file of this server: {source}")]
    Corrupt { path: PathBuf, source: BoxError },
}

/// Opens or creates the database in a file.
pub(crate) type Opener = dyn Fn(&Path) -> Result<Database, DatabaseError> + Send + Sync;

/// The store in a directory.
#[derive(Clone)]
pub(crate) struct Store {
    directory: PathBuf,
    identity: Identity,
    clock: Clock,
    opener: Arc<Opener>,
    writing: Writing,
}

impl Store {
    /// The store in the directory, which is created if it does not exist.
    pub(crate) fn new(directory: PathBuf, identity: Identity, clock: Clock) -> Store {
        let opener = |path: &Path| Database::builder().set_cache_size(CACHE).create(path);
        Store {
            directory,
            identity,
            clock,
            opener: Arc::new(opener),
            writing: Writing::OnThread,
        }
    }

    /// The store in the directory, which writes without a thread, with an opener of the database.
    pub(crate) fn without_thread(
        directory: PathBuf,
        identity: Identity,
        clock: Clock,
        opener: Arc<Opener>,
    ) -> Store {
        Store {
            opener,
            writing: Writing::AtOnce,
            ..Store::new(directory, identity, clock)
        }
    }

    /// Opens the store, or creates one. The clock continues where it was at the last write.
    pub(crate) fn open(&self) -> Result<(Registry, Writer), OpenError> {
        let directory = &self.directory;
        fs::create_dir_all(directory).map_err(|source| unusable(directory, source))?;
        let path = self.path();
        match fs::metadata(&path) {
            // An empty store never replaces an existing file.
            Ok(file) if file.len() == 0 => return Err(corrupt(&path, "it is empty")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.check_new()?;
                self.make()?;
            }
            Err(error) => return Err(unusable(&path, error)),
        }
        let database = self.guarded(|| self.check(&path))?;
        let (format, last) = self.guarded(|| self.last_write(&database))?;
        if let Some(last) = last {
            let down = self.clock.now().wall.saturating_sub(last.wall);
            let down = down.clamp(*DOWNTIME.start(), *DOWNTIME.end());
            self.clock.begin_at(last.tick.saturating_add(down));
        }
        if format != tables::FORMAT {
            let now = self.clock.now();
            let made = || format::make(&database, Some(format), now);
            self.guarded(|| made().map_err(|error| self.unreadable(error)))?;
        }
        self.load(database)
    }

    /// Opens the store after a write to it has failed.
    pub(crate) fn open_again(&self) -> Result<(Registry, Writer), OpenError> {
        let path = self.path();
        // Something other than the failure has removed the file: a new one would be empty.
        fs::metadata(&path).map_err(|source| unusable(&path, source))?;
        let database = self.guarded(|| self.check(&path))?;
        self.load(database)
    }

    /// Refuses to create a store if one has been written and its file is gone. A store that was
    /// never written has the number 0.
    fn check_new(&self) -> Result<(), OpenError> {
        match Ledger::read(&self.directory).map_err(|error| self.no_ledger(error))? {
            None | Some(0) => Ok(()),
            Some(_) => Err(corrupt(
                &self.path(),
                "it is missing, but queues.commit beside it shows that it existed",
            )),
        }
    }

    /// Creates an empty store, completely or not at all.
    fn make(&self) -> Result<(), OpenError> {
        let path = self.path();
        let fresh = self.directory.join(format!("{FILE}.new"));
        let make = || {
            if fs::exists(&fresh)? {
                fs::remove_file(&fresh)?;
            }
            let database = (self.opener)(&fresh).map_err(redb::Error::from);
            let made = database
                .map_err(TableError::from)
                .and_then(|database| format::make(&database, None, self.clock.now()));
            made.map_err(|error| match error {
                TableError::Database(redb::Error::Io(source)) => source,
                other => io::Error::other(other),
            })?;
            // The number of another store would be taken for this one's.
            Ledger::make(&self.directory, 0).map_err(io::Error::other)?;
            fs::rename(&fresh, &path)?;
            // So that the file's name survives a power failure, too. Not every system can open
            // directories.
            if let Ok(directory) = File::open(&self.directory) {
                directory.sync_all()?;
            }
            Ok(())
        };
        make().map_err(|source| unusable(&path, source))
    }

    /// Opens the database and verifies every page of it.
    fn check(&self, path: &Path) -> Result<Database, OpenError> {
        let failed = |error: DatabaseError| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::Locked(path.to_owned()),
            DatabaseError::Storage(StorageError::Io(source))
                if !matches!(
                    source.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                ) =>
            {
                unusable(path, source)
            }
            other => corrupt(path, other),
        };
        let mut database = (self.opener)(path).map_err(failed)?;
        // The result is ignored: every crash causes a repair. The number of the last write shows
        // whether the repair has lost anything.
        database.check_integrity().map_err(failed)?;
        Ok(database)
    }

    fn last_write(&self, database: &Database) -> Result<(u64, Option<LastWrite>), OpenError> {
        let transaction = database.begin_read().map_err(redb::Error::from);
        let transaction = transaction.map_err(|error| self.unreadable(error.into()))?;
        loading::last_write(&transaction).map_err(|error| self.unreadable(error))
    }

    fn load(&self, database: Database) -> Result<(Registry, Writer), OpenError> {
        let path = self.path();
        let (_, last) = self.guarded(|| self.last_write(&database))?;
        let stored = last.map_or(0, |last| last.number);
        let noted = Ledger::read(&self.directory).map_err(|error| self.no_ledger(error))?;
        if noted.is_some_and(|noted| noted > stored) {
            return Err(corrupt(&path, "its newest messages are gone"));
        }
        let ledger =
            Ledger::make(&self.directory, stored).map_err(|error| self.no_ledger(error))?;
        let now = self.clock.now();
        let registry = self.guarded(|| {
            let read = || {
                let transaction = database.begin_read().map_err(redb::Error::from)?;
                let mut registry = Registry::new(self.identity.clone(), now);
                loading::read(&transaction, &mut registry, now.tick)?;
                Ok(registry)
            };
            read().map_err(|error: TableError| self.unreadable(error))
        })?;
        let writer = Writer::start(database, ledger, stored, self.clock.clone(), self.writing);
        Ok((registry, writer.map_err(|source| unusable(&path, source))?))
    }

    /// A damaged file may make the database panic.
    fn guarded<T>(&self, read: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
        quiet::quietly(read)
            .unwrap_or_else(|_| Err(corrupt(&self.path(), "its content contradicts itself")))
    }

    fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    fn unreadable(&self, error: TableError) -> OpenError {
        corrupt(&self.path(), error)
    }

    fn no_ledger(&self, error: LedgerError) -> OpenError {
        match error {
            LedgerError::Io { path, source } => OpenError::Unusable { path, source },
            LedgerError::Damaged(path) => corrupt(
                &path,
                "it shows whether queues.redb has every message; without it, nothing does",
            ),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.directory).finish()
    }
}

fn unusable(path: &Path, source: io::Error) -> OpenError {
    OpenError::Unusable {
        path: path.to_owned(),
        source,
    }
}

fn corrupt(path: &Path, source: impl Into<BoxError>) -> OpenError {
    OpenError::Corrupt {
        path: path.to_owned(),
        source: source.into(),
    }
}
