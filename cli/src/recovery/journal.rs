//! The messages on disk, and the unfinished run.
//!
//! The file belongs to one process at a time. A change is on disk when its function returns.

use super::{
    kept::{Facts, Kept},
    run::Run,
};
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition,
};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The file in the journal's directory.
const FILE: &str = "journal.redb";
/// The version of the tables.
const FORMAT: &str = "1";
/// How much of the file is cached in memory, in bytes.
const CACHE: usize = 32 * 1024 * 1024;

/// `format`, and `run`: the unfinished run in JSON.
const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");
/// The messages in JSON, by number.
const MESSAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");
/// The facts in JSON, in the order in which messages are staged again.
const FACTS: TableDefinition<'_, Place, &[u8]> = TableDefinition::new("facts");
/// The places of the messages that the unfinished run has still to stage.
const PENDING: TableDefinition<'_, Place, ()> = TableDefinition::new("pending");
/// What was ever taken, by a key of its queue or file: it may come a second time.
const KNOWN: TableDefinition<'_, &str, u64> = TableDefinition::new("known");

/// The place of a message in the order: when it was received, its place in the order of its queue,
/// and its number in the journal.
pub(crate) type Place = (i64, u128, u64);

/// A journal in a directory.
#[derive(Debug)]
pub(crate) struct Journal {
    database: Database,
    directory: PathBuf,
}

/// A message to take.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The same at each arrival of the same message.
    pub(crate) key: String,
    pub(crate) kept: Kept,
}

/// A journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// Another process uses the journal: wait for its end.
    #[error("the journal {} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The file is not a journal of this version: use another directory.
    #[error("{} is not a journal of this version", .0.display())]
    Foreign(PathBuf),
    /// The directory cannot be made or written.
    #[error("cannot use the journal {}: {source}", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    /// The file cannot be read or written.
    #[error("cannot use the journal: {0}")]
    Database(#[from] Box<redb::Error>),
    /// The file holds something that this program did not write.
    #[error("the journal is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

fn failed<E: Into<redb::Error>>(error: E) -> JournalError {
    JournalError::Database(Box::new(error.into()))
}

impl Journal {
    /// Whether the directory has a journal.
    pub(crate) fn is_in(directory: &Path) -> bool {
        directory.join(FILE).is_file()
    }

    /// Opens the journal in the directory, or begins one. Only the owner can read it.
    pub(crate) fn open(directory: &Path) -> Result<Journal, JournalError> {
        let unusable = |source| JournalError::Unusable {
            path: directory.to_owned(),
            source,
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(directory).map_err(unusable)?;
        let path = directory.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        options.open(&path).map_err(unusable)?;
        let opened = Database::builder().set_cache_size(CACHE).create(&path);
        let database = match opened {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                return Err(JournalError::Locked(directory.to_owned()));
            }
            Err(error) => return Err(failed(error)),
        };
        let write = database.begin_write().map_err(failed)?;
        {
            let mut meta = write.open_table(META).map_err(failed)?;
            let format = meta.get("format").map_err(failed)?;
            let format = format.map(|format| format.value().to_owned());
            match format.as_deref() {
                Some(FORMAT) => {}
                Some(_) => return Err(JournalError::Foreign(path)),
                None => drop(meta.insert("format", FORMAT).map_err(failed)?),
            }
            write.open_table(MESSAGES).map_err(failed)?;
            write.open_table(FACTS).map_err(failed)?;
            write.open_table(PENDING).map_err(failed)?;
            write.open_table(KNOWN).map_err(failed)?;
        }
        write.commit().map_err(failed)?;
        // The names of new files are on disk, too.
        let synced = fs::File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(unusable)?;
        Ok(Journal {
            database,
            directory: directory.to_owned(),
        })
    }

    /// The journal's directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Keeps the messages that are wanted. Those that were taken before are passed over, whatever
    /// became of them since. Returns the facts about the new ones.
    pub(crate) fn take(
        &self,
        arrivals: &[Arrival],
        is_wanted: impl Fn(&Facts) -> bool,
    ) -> Result<Vec<Facts>, JournalError> {
        let mut taken = Vec::new();
        let write = self.database.begin_write().map_err(failed)?;
        {
            let mut known = write.open_table(KNOWN).map_err(failed)?;
            let mut messages = write.open_table(MESSAGES).map_err(failed)?;
            let mut all = write.open_table(FACTS).map_err(failed)?;
            let mut number = known.len().map_err(failed)?;
            for Arrival { key, kept } in arrivals {
                if known.get(key.as_str()).map_err(failed)?.is_some() {
                    continue;
                }
                let facts = kept.facts();
                if !is_wanted(&facts) {
                    continue;
                }
                known.insert(key.as_str(), number).map_err(failed)?;
                let place = (facts.received, kept.sequence(), number);
                let body = serde_json::to_vec(kept)?;
                messages.insert(number, &*body).map_err(failed)?;
                let line = serde_json::to_vec(&facts)?;
                all.insert(place, &*line).map_err(failed)?;
                taken.push(facts);
                number += 1;
            }
        }
        write.commit().map_err(failed)?;
        Ok(taken)
    }

    /// Calls the function with each message's place and facts, in order.
    pub(crate) fn each(&self, mut look: impl FnMut(Place, Facts)) -> Result<(), JournalError> {
        let read = self.database.begin_read().map_err(failed)?;
        let facts = read.open_table(FACTS).map_err(failed)?;
        for row in facts.iter().map_err(failed)? {
            let (place, line) = row.map_err(failed)?;
            look(place.value(), serde_json::from_slice(line.value())?);
        }
        Ok(())
    }

    /// How many messages the journal has.
    pub(crate) fn len(&self) -> Result<u64, JournalError> {
        let read = self.database.begin_read().map_err(failed)?;
        let facts = read.open_table(FACTS).map_err(failed)?;
        facts.len().map_err(failed)
    }

    /// The message at a place.
    pub(crate) fn message(&self, place: Place) -> Result<Option<Kept>, JournalError> {
        let read = self.database.begin_read().map_err(failed)?;
        let messages = read.open_table(MESSAGES).map_err(failed)?;
        let found = messages.get(place.2).map_err(failed)?;
        let found = found.map(|body| serde_json::from_slice(body.value()));
        Ok(found.transpose()?)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) -> Result<(), JournalError> {
        let write = self.database.begin_write().map_err(failed)?;
        write.delete_table(MESSAGES).map_err(failed)?;
        write.delete_table(FACTS).map_err(failed)?;
        write.delete_table(PENDING).map_err(failed)?;
        write.delete_table(KNOWN).map_err(failed)?;
        write.open_table(MESSAGES).map_err(failed)?;
        write.open_table(FACTS).map_err(failed)?;
        write.open_table(PENDING).map_err(failed)?;
        write.open_table(KNOWN).map_err(failed)?;
        self.set_run(write, None)
    }

    /// Deletes the journal's file, and the directory if nothing else is there.
    pub(crate) fn remove(self) -> Result<(), JournalError> {
        self.clear()?;
        let Journal {
            database,
            directory,
        } = self;
        drop(database);
        let removed = fs::remove_file(directory.join(FILE));
        // Another file in the directory is not of this program.
        let _ = fs::remove_dir(&directory);
        removed.map_err(|source| JournalError::Unusable {
            path: directory,
            source,
        })
    }

    /// Begins a run that stages the messages at these places.
    pub(crate) fn begin(&self, run: &Run, places: &[Place]) -> Result<(), JournalError> {
        let write = self.database.begin_write().map_err(failed)?;
        {
            let mut pending = write.open_table(PENDING).map_err(failed)?;
            for place in places {
                pending.insert(place, ()).map_err(failed)?;
            }
        }
        self.set_run(write, Some(run))
    }

    /// Notes a change of the unfinished run.
    pub(crate) fn update(&self, run: &Run) -> Result<(), JournalError> {
        let write = self.database.begin_write().map_err(failed)?;
        self.set_run(write, Some(run))
    }

    /// Ends the run.
    pub(crate) fn end(&self) -> Result<(), JournalError> {
        let write = self.database.begin_write().map_err(failed)?;
        self.set_run(write, None)
    }

    fn set_run(
        &self,
        write: redb::WriteTransaction,
        run: Option<&Run>,
    ) -> Result<(), JournalError> {
        {
            let mut meta = write.open_table(META).map_err(failed)?;
            match run {
                Some(run) => {
                    let run = serde_json::to_string(run)?;
                    meta.insert("run", run.as_str()).map_err(failed)?;
                }
                None => drop(meta.remove("run").map_err(failed)?),
            }
        }
        write.commit().map_err(failed)
    }

    /// The run that is not finished.
    pub(crate) fn unfinished(&self) -> Result<Option<Run>, JournalError> {
        let read = self.database.begin_read().map_err(failed)?;
        let meta = read.open_table(META).map_err(failed)?;
        let run = meta.get("run").map_err(failed)?;
        let run = run.map(|run| serde_json::from_str(run.value()));
        Ok(run.transpose()?)
    }

    /// How many messages the unfinished run has still to stage.
    pub(crate) fn pending(&self) -> Result<u64, JournalError> {
        let read = self.database.begin_read().map_err(failed)?;
        let pending = read.open_table(PENDING).map_err(failed)?;
        pending.len().map_err(failed)
    }

    /// The first messages that the run has still to stage, of that group if one is given: no more
    /// than `most`, and no more bytes than `bytes` unless the first message alone has more.
    pub(crate) fn next(
        &self,
        group: Option<&str>,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<(Place, Facts, Kept)>, JournalError> {
        let read = self.database.begin_read().map_err(failed)?;
        let pending = read.open_table(PENDING).map_err(failed)?;
        let facts = read.open_table(FACTS).map_err(failed)?;
        let messages = read.open_table(MESSAGES).map_err(failed)?;
        let mut found: Vec<(Place, Facts, Kept)> = Vec::new();
        let mut size = 0;
        for row in pending.iter().map_err(failed)? {
            if found.len() >= most {
                break;
            }
            let place = row.map_err(failed)?.0.value();
            let Some(line) = facts.get(place).map_err(failed)? else {
                continue;
            };
            let facts: Facts = serde_json::from_slice(line.value())?;
            if group.is_some_and(|group| facts.group != group) {
                continue;
            }
            let Some(body) = messages.get(place.2).map_err(failed)? else {
                continue;
            };
            size += body.value().len();
            if size > bytes && !found.is_empty() {
                break;
            }
            found.push((place, facts, serde_json::from_slice(body.value())?));
        }
        Ok(found)
    }

    /// Notes what became of messages: those that are done go, and those that the run cannot stage
    /// stay.
    pub(crate) fn settle(&self, done: &[Place], left: &[Place]) -> Result<(), JournalError> {
        let write = self.database.begin_write().map_err(failed)?;
        {
            let mut pending = write.open_table(PENDING).map_err(failed)?;
            let mut facts = write.open_table(FACTS).map_err(failed)?;
            let mut messages = write.open_table(MESSAGES).map_err(failed)?;
            for place in done.iter().chain(left) {
                pending.remove(place).map_err(failed)?;
            }
            for place in done {
                facts.remove(place).map_err(failed)?;
                messages.remove(place.2).map_err(failed)?;
            }
        }
        write.commit().map_err(failed)
    }
}

#[cfg(test)]
mod tests;
