//! The lock, the clock and the waiting receives around the state of all queues.
//!
//! An operation runs under the lock and never waits there. A receive that finds nothing leaves the
//! lock and waits for a signal, so a receive whose client has gone away while it waited has taken
//! no message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::queue::Millis;
use crate::queue::message::Delivery;
use crate::registry::{ReceiveRequest, Registry};

/// How many messages a move task moves under one lock.
const MOVE_CHUNK: usize = 50;

/// The state of all queues, shared by all connections.
#[derive(Debug)]
pub(crate) struct Broker {
    clock: Clock,
    shared: Mutex<Shared>,
    stopped: watch::Receiver<bool>,
}

#[derive(Debug)]
struct Shared {
    registry: Registry,
    /// Wakes the receives that wait, by queue name.
    signals: HashMap<String, Arc<Notify>>,
}

impl Broker {
    /// A broker around the queues, until `stopped` says true or its sender is gone.
    pub(crate) fn new(registry: Registry, clock: Clock, stopped: watch::Receiver<bool>) -> Broker {
        Broker {
            clock,
            shared: Mutex::new(Shared {
                registry,
                signals: HashMap::new(),
            }),
            stopped,
        }
    }

    /// Looks at the queues as they are after the last operation.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Registry) -> T) -> T {
        look(&self.lock().registry)
    }

    /// Looks at the queues as they are now.
    pub(crate) fn look_now<T>(&self, look: impl FnOnce(&mut Registry, Millis) -> T) -> T {
        self.run(look)
    }

    /// Changes the queues, and answers when the change will survive the end of the process.
    pub(crate) async fn change<T>(
        &self,
        change: impl FnOnce(&mut Registry, Millis) -> T,
    ) -> Result<T, Fault> {
        Ok(self.run(change))
    }

    /// Receives messages, and waits up to `wait` seconds for the first.
    pub(crate) async fn receive(
        &self,
        name: &str,
        request: &ReceiveRequest,
        wait: u32,
    ) -> Result<Vec<Delivery>, Fault> {
        let deadline = Instant::now() + Duration::from_secs(u64::from(wait));
        let mut stopped = self.stopped.clone();
        loop {
            let signal = self.signal(name);
            let mut signalled = std::pin::pin!(signal.notified());
            signalled.as_mut().enable();
            let (deliveries, due_in) = self.run(|registry, now| {
                let deliveries = registry.receive(name, request, now)?;
                let due = registry.peek(name).and_then(|queue| queue.next_due());
                Ok::<_, Fault>((deliveries, due.map(|due| due.saturating_sub(now))))
            })?;
            if !deliveries.is_empty() || Instant::now() >= deadline || *stopped.borrow() {
                return Ok(deliveries);
            }
            let next_look = due_in.map_or(deadline, |due_in| {
                deadline.min(Instant::now() + Duration::from_millis(due_in))
            });
            tokio::select! {
                () = signalled => {}
                () = tokio::time::sleep_until(next_look) => {}
                // An error means that the server is gone.
                _ = stopped.wait_for(|stopped| *stopped) => return Ok(Vec::new()),
            }
        }
    }

    /// How many receives wait on the queue.
    #[cfg(test)]
    pub(crate) fn waiting(&self, name: &str) -> usize {
        let shared = self.lock();
        let signal = shared.signals.get(name);
        // The map holds one reference, and each waiting receive another.
        signal.map_or(0, |signal| Arc::strong_count(signal) - 1)
    }

    /// Does the work of a message move task to its end.
    pub(crate) async fn run_move(&self, id: &str, rate: Option<u32>, fresh_id: fn() -> String) {
        let mut stopped = self.stopped.clone();
        let (chunk, pause) = match rate {
            Some(rate) => (1, Duration::from_secs(1) / rate.max(1)),
            None => (MOVE_CHUNK, Duration::ZERO),
        };
        let mut tick = Instant::now();
        loop {
            let goes_on = self
                .change(|registry, now| registry.advance_move(id, chunk, fresh_id, now))
                .await;
            if goes_on != Ok(true) {
                return;
            }
            tick += pause;
            tokio::select! {
                () = tokio::time::sleep_until(tick) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    fn run<T>(&self, operation: impl FnOnce(&mut Registry, Millis) -> T) -> T {
        let mut shared = self.lock();
        let shared = &mut *shared;
        let result = operation(&mut shared.registry, self.clock.now());
        let effects = shared.registry.take_effects();
        for name in effects.woken {
            if let Some(signal) = shared.signals.get(&name) {
                signal.notify_waiters();
            }
        }
        result
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
