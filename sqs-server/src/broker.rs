//! The lock, the clock and the waiting receives around the state of all queues.
//!
//! An operation runs under the lock and never waits there. A receive that finds nothing leaves the
//! lock and waits for a signal, so a receive whose client has gone away while it waited has taken
//! no message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::error::{ErrorCode, SqsError};
use crate::losses::Losses;
use crate::queue::message::Delivery;
use crate::queue::{Millis, Moment, Queue, seconds};
use crate::registry::{Effects, ReceiveRequest, Registry};
use crate::store::{Journal, Store, WriteError, Writer, WriterThread};

/// How many messages a move task moves under one lock.
const MOVE_CHUNK: usize = 50;

/// The pause before a failed store is opened again, in milliseconds. Opening reads all of it.
const OPEN_PAUSE: Millis = 1000;

/// The pause between two writes of changes that no request waits for.
const SETTLE_PAUSE: Duration = Duration::from_millis(100);

/// The state of all queues, shared by all connections.
#[derive(Debug)]
pub(crate) struct Broker {
    clock: Clock,
    shared: Mutex<Shared>,
    stopped: watch::Receiver<bool>,
    store: Option<Store>,
}

#[derive(Debug)]
struct Shared {
    registry: Registry,
    durability: Durability,
    /// Wakes the receives that wait, by queue name.
    signals: HashMap<String, Arc<Notify>>,
    losses: Losses,
    /// The tick at which the store was last opened again.
    opened: Millis,
}

/// Where changes are stored.
#[derive(Debug)]
enum Durability {
    /// In memory only.
    Memory,
    /// On disk, by a writer.
    Disk(Journal, WriterThread),
    /// A write has failed, and the store is tried again at this tick. Until then nothing happens,
    /// since the queues in memory are ahead of the store.
    Failed(Millis),
    /// The store is closed: nothing can be acknowledged any more.
    Closed,
}

impl Broker {
    /// A broker around the queues. It works until `stopped` is true or its sender is gone. With a
    /// store and its writer, changes are kept on disk.
    pub(crate) fn new(
        registry: Registry,
        kept: Option<(Store, Writer)>,
        clock: Clock,
        stopped: watch::Receiver<bool>,
    ) -> Broker {
        let (store, durability) = match kept {
            Some((store, writer)) => (Some(store), Durability::of(writer)),
            None => (None, Durability::Memory),
        };
        Broker {
            clock,
            shared: Mutex::new(Shared {
                registry,
                durability,
                signals: HashMap::new(),
                losses: Losses::default(),
                opened: 0,
            }),
            stopped,
            store,
        }
    }

    /// Writes the remaining changes and closes the store. Blocks until that is done.
    pub(crate) fn close(&self) {
        if self.store.is_some() {
            let mut shared = self.lock();
            self.settle(&mut shared);
            let durability = std::mem::replace(&mut shared.durability, Durability::Closed);
            drop(shared);
            durability.end();
        }
    }

    /// Until the server is stopped, stores receives and their ends for which no request waits.
    /// Without this, a restart would take them for interrupted, or forget them.
    pub(crate) async fn settle_often(&self) {
        let mut stopped = self.stopped.clone();
        loop {
            tokio::select! {
                () = tokio::time::sleep(SETTLE_PAUSE) => self.settle(&mut self.lock()),
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    /// Looks at the queues as they are after the last operation.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Registry) -> T) -> T {
        look(&self.lock().registry)
    }

    /// Asks the queue as it is now, or as it last was if its store cannot be used; `None` if there
    /// is no such queue.
    pub(crate) fn ask<T>(&self, name: &str, question: impl Fn(&Queue) -> T) -> Option<T> {
        let now = self
            .look_now(|registry, now| registry.queue(name, now).ok().map(|queue| question(queue)));
        now.unwrap_or_else(|_| self.look(|registry| registry.peek(name).map(&question)))
    }

    /// Looks at the queues as they are now.
    pub(crate) fn look_now<T>(
        &self,
        look: impl FnOnce(&mut Registry, Moment) -> T,
    ) -> Result<T, SqsError> {
        let run = self.run(look, |durability, effects| {
            if let Durability::Disk(journal, _) = durability {
                journal.append(effects.changes);
            }
        });
        run.map(|(result, ())| result).map_err(not_kept)
    }

    /// Changes the queues, and returns when the change will survive the end of the process.
    pub(crate) async fn change<T>(
        &self,
        change: impl FnOnce(&mut Registry, Moment) -> T,
    ) -> Result<T, SqsError> {
        let run = self.run(change, |durability, effects| match durability {
            Durability::Memory => Ok(None),
            Durability::Disk(journal, _) => Ok(Some(journal.keep(effects.changes))),
            Durability::Failed(_) | Durability::Closed => Err(WriteError),
        });
        let (result, kept) = run.map_err(not_kept)?;
        if let Some(kept) = kept.map_err(not_kept)? {
            // A sender that is gone means that the writing thread has given up.
            kept.await.unwrap_or(Err(WriteError)).map_err(not_kept)?;
        }
        Ok(result)
    }

    /// Receives messages. Waits up to `wait` seconds for the first, but only while the receiver is
    /// there: if it has gone, it would not get the messages that are taken for it.
    pub(crate) async fn receive(
        &self,
        name: &str,
        request: &ReceiveRequest,
        wait: u32,
        gone: impl Future<Output = ()>,
    ) -> Result<Vec<Delivery>, SqsError> {
        let deadline = self.clock.now().tick + seconds(wait);
        let mut stopped = self.stopped.clone();
        let mut gone = std::pin::pin!(gone);
        loop {
            let signal = self.signal(name);
            let mut signalled = std::pin::pin!(signal.notified());
            signalled.as_mut().enable();
            let (deliveries, due, now) = self.look_now(|registry, now| {
                let deliveries = registry.receive(name, request, now)?;
                let due = registry.peek(name).and_then(|queue| queue.next_due());
                Ok::<_, SqsError>((deliveries, due, now.tick))
            })??;
            if !deliveries.is_empty() || now >= deadline || *stopped.borrow() {
                return Ok(deliveries);
            }
            let next_look = due.map_or(deadline, |due| deadline.min(due));
            tokio::select! {
                biased;
                () = &mut gone => return Ok(Vec::new()),
                () = signalled => {}
                () = self.clock.sleep_until(next_look) => {}
                // An error means that the server is gone.
                _ = stopped.wait_for(|stopped| *stopped) => return Ok(Vec::new()),
            }
        }
    }

    /// The number of queues for which signals are kept.
    #[cfg(test)]
    pub(crate) fn signals(&self) -> usize {
        self.lock().signals.len()
    }

    /// The number of receives that wait on the queue.
    #[cfg(test)]
    pub(crate) fn waiting(&self, name: &str) -> usize {
        let shared = self.lock();
        let signal = shared.signals.get(name);
        // The map holds one reference, and each waiting receive another.
        signal.map_or(0, |signal| Arc::strong_count(signal) - 1)
    }

    /// Runs a message move task to its end.
    pub(crate) async fn run_move(&self, id: &str, rate: Option<u32>, fresh_id: fn() -> String) {
        let mut stopped = self.stopped.clone();
        let chunk = if rate.is_some() { 1 } else { MOVE_CHUNK };
        let began = self.clock.now().tick;
        let mut done: Millis = 0;
        loop {
            let goes_on = self
                .change(|registry, now| registry.advance_move(id, chunk, fresh_id, now))
                .await;
            if goes_on != Ok(true) {
                return;
            }
            done += 1;
            let next = rate.map_or(began, |rate| began + seconds(1) * done / u64::from(rate));
            tokio::select! {
                () = self.clock.sleep_until(next) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    /// Runs the operation under the lock, and hands over its changes under the same lock, so that
    /// changes are stored in the order in which they happened.
    fn run<T, K>(
        &self,
        operation: impl FnOnce(&mut Registry, Moment) -> T,
        keep: impl FnOnce(&Durability, Effects) -> K,
    ) -> Result<(T, K), WriteError> {
        let mut shared = self.lock();
        let shared = &mut *shared;
        self.recover(shared)?;
        Ok(self.operate(shared, operation, keep))
    }

    /// Ends the delays and timeouts that are over in every queue, and has all changes written soon.
    /// Does nothing with a store that has failed.
    fn settle(&self, shared: &mut Shared) {
        if let Durability::Disk(journal, _) = &shared.durability
            && !journal.has_failed()
        {
            self.operate(shared, Registry::advance, |durability, effects| {
                if let Durability::Disk(journal, _) = durability {
                    // No request waits. The next request reports a failure.
                    drop(journal.keep(effects.changes));
                }
            });
        }
    }

    fn operate<T, K>(
        &self,
        shared: &mut Shared,
        operation: impl FnOnce(&mut Registry, Moment) -> T,
        keep: impl FnOnce(&Durability, Effects) -> K,
    ) -> (T, K) {
        let result = operation(&mut shared.registry, self.clock.now());
        let effects = shared.registry.take_effects();
        for name in &effects.woken {
            if let Some(signal) = shared.signals.get(name) {
                signal.notify_waiters();
            }
            if shared.registry.peek(name).is_none() {
                shared.signals.remove(name);
            }
        }
        for (name, lost) in &effects.lost {
            shared.losses.tell(name, *lost);
        }
        (result, keep(&shared.durability, effects))
    }

    /// After a failed write, goes back to the stored queues. Fails until the store can be opened.
    fn recover(&self, shared: &mut Shared) -> Result<(), WriteError> {
        let now = self.clock.now();
        match &shared.durability {
            Durability::Disk(journal, _) if journal.has_failed() => {
                let failed = Durability::Failed(shared.opened + OPEN_PAUSE);
                std::mem::replace(&mut shared.durability, failed).end();
            }
            Durability::Failed(_) => {}
            _ => return Ok(()),
        }
        let Some(store) = &self.store else {
            return Ok(());
        };
        if matches!(shared.durability, Durability::Failed(again) if now.tick < again) {
            return Err(WriteError);
        }
        shared.opened = now.tick;
        match store.open_again() {
            Ok((mut stored, writer)) => {
                stored.go_on_from(&mut shared.registry);
                shared.registry = stored;
                shared.durability = Durability::of(writer);
                for signal in shared.signals.values() {
                    signal.notify_waiters();
                }
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the store cannot be opened again; trying until it can");
                shared.durability = Durability::Failed(now.tick + OPEN_PAUSE);
                Err(WriteError)
            }
        }
    }

    fn signal(&self, name: &str) -> Arc<Notify> {
        let mut shared = self.lock();
        match shared.signals.get(name) {
            Some(signal) => Arc::clone(signal),
            // Nothing can wake a receive from a queue that does not exist, so it gets a signal
            // that is not kept.
            None if shared.registry.peek(name).is_none() => Arc::default(),
            None => {
                let signal = Arc::<Notify>::default();
                shared.signals.insert(name.to_owned(), Arc::clone(&signal));
                signal
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Durability {
    fn of(writer: Writer) -> Durability {
        let (journal, writing) = writer.split();
        Durability::Disk(journal, writing)
    }

    /// Waits until everything is written, or a write has failed.
    fn end(self) {
        if let Durability::Disk(journal, writing) = self {
            drop(journal);
            if writing.join().is_err() {
                tracing::error!("the thread that writes the queues to disk has panicked");
            }
        }
    }
}

fn not_kept(WriteError: WriteError) -> SqsError {
    SqsError::new(
        ErrorCode::InternalFailure,
        "The store cannot be written. Check whether the disk is full.",
    )
}
