//! The thread that writes, and the handle through which it is told what to write.

use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};

use redb::Database;
use tokio::sync::oneshot;

use super::tables;
use crate::clock::Clock;
use crate::queue::change::Change;

/// The most jobs of one transaction, so that the first in it does not wait for too many others.
const MAXIMUM_GROUP: usize = 1000;

/// What was to be kept could not be; nothing after it is kept either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store could not be written")]
pub(crate) struct NotKept;

/// Takes changes, in the order in which they are to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    jobs: Sender<Job>,
}

/// The writing thread. It ends when the last journal is dropped and all is written.
#[derive(Debug)]
pub(crate) struct Writer {
    journal: Journal,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
struct Job {
    changes: Vec<Change>,
    /// Told when the changes, and all before them, are on disk.
    kept: Option<oneshot::Sender<Result<(), NotKept>>>,
}

impl Journal {
    /// Keeps the changes some time.
    pub(crate) fn append(&self, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.submit(Job {
                changes,
                kept: None,
            });
        }
    }

    /// Keeps the changes, and tells when they and all before them are on disk.
    pub(crate) fn keep(&self, changes: Vec<Change>) -> oneshot::Receiver<Result<(), NotKept>> {
        let (kept, told) = oneshot::channel();
        self.submit(Job {
            changes,
            kept: Some(kept),
        });
        told
    }

    fn submit(&self, job: Job) {
        // Without the thread the job is dropped, and with it the sender that somebody waits for,
        // who learns in that way that nothing is kept.
        let _ = self.jobs.send(job);
    }
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(database: Database, clock: Clock) -> io::Result<Writer> {
        let (jobs, queue) = channel();
        let thread = thread::Builder::new()
            .name("sqs-store".to_owned())
            .spawn(move || write_all(&database, &clock, &queue))?;
        Ok(Writer {
            journal: Journal { jobs },
            thread,
        })
    }

    /// Splits the handle for changes from the one that waits for the end.
    pub(crate) fn split(self) -> (Journal, JoinHandle<()>) {
        (self.journal, self.thread)
    }
}

fn write_all(database: &Database, clock: &Clock, queue: &Receiver<Job>) {
    let mut group: Vec<Job> = Vec::new();
    while let Ok(job) = queue.recv() {
        group.push(job);
        let open = gather(queue, &mut group);
        let awaited = group.iter().any(|job| job.kept.is_some());
        if !awaited && open && group.len() < MAXIMUM_GROUP {
            continue;
        }
        if !write(database, clock, &mut group) {
            return;
        }
    }
    write(database, clock, &mut group);
}

/// Adds the jobs that wait. Answers whether more can come.
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

/// Writes the jobs in one transaction and tells those who wait. After a failure the rest of the
/// store's life is over: the queues in memory are ahead of it.
fn write(database: &Database, clock: &Clock, group: &mut Vec<Job>) -> bool {
    let mut changes = group.iter().flat_map(|job| &job.changes).peekable();
    let result = match changes.peek() {
        Some(_) => tables::write(database, clock.now(), changes),
        None => Ok(()),
    };
    let result = result.map_err(|error| {
        tracing::error!(%error, "the queues can no longer be kept on disk; start the server again");
        NotKept
    });
    for kept in group.drain(..).filter_map(|job| job.kept) {
        // Who waited may have gone away.
        let _ = kept.send(result);
    }
    result.is_ok()
}
