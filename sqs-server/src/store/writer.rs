//! The thread that writes, and the handle that gives it changes.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};

use redb::Database;
use tokio::sync::oneshot;

use super::ledger::Ledger;
use super::tables::{self, TableError};
use crate::clock::Clock;
use crate::queue::change::Change;

/// The most jobs of one transaction, so that the first job does not wait for too many others.
const MAXIMUM_GROUP: usize = 1000;

/// A change could not be written. Later changes are not written either, until the store is opened
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store could not be written")]
pub(crate) struct WriteError;

/// Takes changes in their order.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    jobs: Sender<Job>,
    failed: Arc<AtomicBool>,
}

/// The writing thread. It ends when the last journal is dropped and everything is written.
#[derive(Debug)]
pub(crate) struct Writer {
    journal: Journal,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
struct Job {
    changes: Vec<Change>,
    /// Gets the result when the changes, and all earlier ones, are on disk.
    kept: Option<oneshot::Sender<Result<(), WriteError>>>,
}

impl Journal {
    /// Whether a write has failed: the queues in memory are ahead of the store.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Writes the changes together with those of the next `keep`.
    pub(crate) fn append(&self, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.submit(Job {
                changes,
                kept: None,
            });
        }
    }

    /// Writes the changes. The receiver gets the result when they and all earlier ones are on disk.
    pub(crate) fn keep(&self, changes: Vec<Change>) -> oneshot::Receiver<Result<(), WriteError>> {
        let (kept, told) = oneshot::channel();
        self.submit(Job {
            changes,
            kept: Some(kept),
        });
        told
    }

    fn submit(&self, job: Job) {
        // If the thread is gone, the job is dropped with its sender, which ends the wait with an
        // error.
        let _ = self.jobs.send(job);
    }
}

impl Writer {
    /// Starts the thread, after the write with this number.
    pub(super) fn start(
        database: Database,
        ledger: Ledger,
        number: u64,
        clock: Clock,
    ) -> io::Result<Writer> {
        let (jobs, queue) = channel();
        let failed = Arc::<AtomicBool>::default();
        let mut writing = WriterThread {
            database,
            ledger,
            number,
            clock,
            failed: Arc::clone(&failed),
        };
        let thread = thread::Builder::new()
            .name("sqs-store".to_owned())
            .spawn(move || writing.write_all(&queue))?;
        Ok(Writer {
            journal: Journal { jobs, failed },
            thread,
        })
    }

    /// Splits the writer into the journal and the handle that waits for the end.
    pub(crate) fn split(self) -> (Journal, JoinHandle<()>) {
        (self.journal, self.thread)
    }
}

/// Adds the waiting jobs. Returns whether more can come.
fn gather(queue: &Receiver<Job>, group: &mut Vec<Job>) -> bool {
    while group.len() < MAXIMUM_GROUP {
        match queue.try_recv() {
            Ok(job) => group.push(job),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => return false,
        }
    }
    true
}

/// The state of the writing thread.
struct WriterThread {
    database: Database,
    ledger: Ledger,
    /// The number of the last write.
    number: u64,
    clock: Clock,
    failed: Arc<AtomicBool>,
}

impl WriterThread {
    fn write_all(&mut self, queue: &Receiver<Job>) {
        let mut group: Vec<Job> = Vec::new();
        while let Ok(job) = queue.recv() {
            group.push(job);
            let open = gather(queue, &mut group);
            let awaited = group.iter().any(|job| job.kept.is_some());
            if !awaited && open && group.len() < MAXIMUM_GROUP {
                continue;
            }
            if !self.write_group(&mut group) {
                return;
            }
        }
        self.write_group(&mut group);
    }

    /// Writes the jobs in one transaction and answers the waiting requests. A failure ends the thread.
    fn write_group(&mut self, group: &mut Vec<Job>) -> bool {
        let result = self.write(group.iter().flat_map(|job| &job.changes));
        if let Err(error) = &result {
            tracing::error!(%error, "the queues cannot be written to disk: requests are refused until they can");
            self.failed.store(true, Ordering::Release);
        }
        let result = result.map_err(|_| WriteError);
        for kept in group.drain(..).filter_map(|job| job.kept) {
            // The request may have ended.
            let _ = kept.send(result);
        }
        result.is_ok()
    }

    fn write<'c>(&mut self, changes: impl Iterator<Item = &'c Change>) -> Result<(), TableError> {
        let mut changes = changes.peekable();
        if changes.peek().is_none() {
            return Ok(());
        }
        let number = self.number + 1;
        let now = self.clock.now();
        catch_unwind(AssertUnwindSafe(|| {
            tables::write(&self.database, number, now, changes)
        }))
        .unwrap_or(Err(TableError::Panicked))?;
        self.number = number;
        // The messages are safe. A later number also reveals damage to them.
        if let Err(error) = self.ledger.write(number) {
            tracing::warn!(%error, "the number of the last write cannot be written");
        }
        Ok(())
    }
}
