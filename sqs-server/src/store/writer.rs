//! The thread that writes, and the handle that gives it changes.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use redb::Database;
use tokio::sync::oneshot;

use super::ledger::Ledger;
use super::tables::{self, TableError};
use crate::clock::Clock;
use crate::queue::change::Change;
use crate::queue::{Millis, Moment};

/// From how far on the wall clock counts as set, in milliseconds.
const CLOCK_SET: Millis = 1000;

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
    jobs: Jobs,
    failed: Arc<AtomicBool>,
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// A thread, so that many sends share one `fsync`.
    OnThread,
    /// The callers, before they go on: for a server whose runs can be repeated.
    AtOnce,
}

#[derive(Debug, Clone)]
enum Jobs {
    OnThread(Sender<Job>),
    AtOnce(Arc<Mutex<AtOnce>>),
}

/// A writer without a thread, and the jobs that wait for the next write.
#[derive(Debug)]
struct AtOnce {
    work: WriterState,
    group: Vec<Job>,
}

/// The writer of the changes. It ends when the last journal is dropped and everything is written.
#[derive(Debug)]
pub(crate) struct Writer {
    journal: Journal,
    thread: WriterThread,
}

/// The writing thread, if there is one.
#[derive(Debug)]
pub(crate) struct WriterThread(Option<thread::JoinHandle<()>>);

impl WriterThread {
    /// Waits until all is written, or has failed.
    pub(crate) fn join(self) -> thread::Result<()> {
        self.0.map_or(Ok(()), thread::JoinHandle::join)
    }
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
        match &self.jobs {
            // Without the thread the job is dropped with its sender, which ends the wait with an error.
            Jobs::OnThread(jobs) => {
                let _ = jobs.send(job);
            }
            Jobs::AtOnce(writer) => {
                let writer = &mut *writer.lock().unwrap_or_else(PoisonError::into_inner);
                if self.has_failed() {
                    return;
                }
                writer.group.push(job);
                if is_due(&writer.group) {
                    writer.work.write_group(&mut writer.group);
                }
            }
        }
    }
}

impl Writer {
    /// Begins after the write with this number.
    pub(super) fn start(
        database: Database,
        ledger: Ledger,
        number: u64,
        clock: Clock,
        writing: Writing,
    ) -> io::Result<Writer> {
        let failed = Arc::<AtomicBool>::default();
        let mut work = WriterState {
            database,
            ledger,
            number,
            ahead: ahead(clock.now()),
            clock,
            failed: Arc::clone(&failed),
        };
        let (jobs, thread) = match writing {
            Writing::OnThread => {
                let (jobs, queue) = channel();
                let thread = thread::Builder::new()
                    .name("sqs-store".to_owned())
                    .spawn(move || work.write_all(&queue))?;
                (Jobs::OnThread(jobs), Some(thread))
            }
            Writing::AtOnce => {
                let group = Vec::new();
                (
                    Jobs::AtOnce(Arc::new(Mutex::new(AtOnce { work, group }))),
                    None,
                )
            }
        };
        Ok(Writer {
            journal: Journal { jobs, failed },
            thread: WriterThread(thread),
        })
    }

    /// Splits the writer into the journal and the handle that waits for the end.
    pub(crate) fn split(self) -> (Journal, WriterThread) {
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

/// Whether a request waits for one of the jobs, or there are enough of them.
fn is_due(group: &[Job]) -> bool {
    group.len() >= MAXIMUM_GROUP || group.iter().any(|job| job.kept.is_some())
}

/// What writing takes.
#[derive(Debug)]
struct WriterState {
    database: Database,
    ledger: Ledger,
    /// The number of the last write.
    number: u64,
    /// How far the wall clock was ahead of the ticks at the last write.
    ahead: i64,
    clock: Clock,
    failed: Arc<AtomicBool>,
}

/// How far the wall clock is ahead of the ticks.
fn ahead(now: Moment) -> i64 {
    now.wall.wrapping_sub(now.tick).cast_signed()
}

impl WriterState {
    fn write_all(&mut self, queue: &Receiver<Job>) {
        let mut group: Vec<Job> = Vec::new();
        while let Ok(job) = queue.recv() {
            group.push(job);
            let open = gather(queue, &mut group);
            if !is_due(&group) && open {
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
        let now = self.clock.now();
        // The next process takes what the wall clock has moved since the last write for time that has
        // passed. So a clock that was set is noted, also when nothing else has changed.
        let is_set = ahead(now).abs_diff(self.ahead) >= CLOCK_SET;
        if changes.peek().is_none() && !is_set {
            return Ok(());
        }
        let number = self.number + 1;
        catch_unwind(AssertUnwindSafe(|| {
            tables::write(&self.database, number, now, changes)
        }))
        .unwrap_or(Err(TableError::Panicked))?;
        self.number = number;
        self.ahead = ahead(now);
        // The messages are safe. A later number also reveals damage to them.
        if let Err(error) = self.ledger.write(number) {
            tracing::warn!(%error, "the number of the last write cannot be written");
        }
        Ok(())
    }
}
