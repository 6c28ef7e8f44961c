//! The connections of the endpoint: the limits on their number and on the bytes of their bodies,
//! and which connection gives way.

use rustix::process::{Resource, getrlimit};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// The most connections, even if the system allows more.
const MAX_CONNECTIONS: usize = 1000;
/// Descriptors for other purposes: queues, files, the runtime, a connection without a place.
const OTHER_DESCRIPTORS: usize = 40;
/// Descriptors for each request in progress: its connection, and both ends of a connection to the
/// queue server.
const DESCRIPTORS_EACH: usize = 3;
/// The most bytes of all bodies at a time.
const MAX_HELD_BYTES: usize = 64 * 1024 * 1024;
/// How long a client may take for its next step while other clients wait for its place or its
/// memory.
const GRACE: Duration = Duration::from_millis(200);
/// How many times [`GRACE`] a whole body may take in that case.
const STEPS: u32 = 5;

/// All connections.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    shared: Arc<Shared>,
}

/// The limits that all connections share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// The most bytes of bodies.
    pub(crate) held_bytes: usize,
}

#[derive(Debug)]
struct Shared {
    limits: Limits,
    state: Mutex<State>,
    /// A connection has ended or has its answer, or memory has become free.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    open: HashMap<u64, Connection>,
    /// The bytes of all bodies, with those of running functions.
    held_bytes: usize,
}

#[derive(Debug)]
struct Connection {
    phase: Phase,
    /// The start of the phase.
    began: Instant,
    /// The start of the phase, or the last progress of the client in it.
    since: Instant,
    /// The bytes of an incomplete body.
    held_bytes: usize,
    give_up: CancellationToken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No request has come yet.
    New,
    /// A request was answered, and another may come.
    Idle,
    /// A body is arriving.
    Reading,
    /// A body is arriving, and there is no memory for it.
    Blocked,
    /// The client waits for this process.
    Working,
}

/// The place of one connection; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    id: u64,
    give_up: CancellationToken,
}

/// A request, from its head to its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    shared: Arc<Shared>,
    id: u64,
    give_up: CancellationToken,
}

/// The memory that is reserved for a body; dropping it frees the memory.
#[derive(Debug)]
pub(crate) struct Room {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Limits {
    /// As many connections as the descriptors of this process allow.
    pub(crate) fn of_this_process() -> Limits {
        let descriptors = getrlimit(Resource::Nofile).current;
        let descriptors = descriptors.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        let connections = descriptors.saturating_sub(OTHER_DESCRIPTORS) / DESCRIPTORS_EACH;
        Limits {
            connections: connections.clamp(2, MAX_CONNECTIONS),
            held_bytes: MAX_HELD_BYTES,
        }
    }
}

impl Connections {
    /// No connections yet.
    pub(crate) fn within(limits: Limits) -> Connections {
        Connections {
            shared: Arc::new(Shared {
                limits,
                state: Mutex::default(),
                changed: Notify::new(),
            }),
        }
    }

    /// Waits for a place for one more connection. The client that has been silent longest gives
    /// way.
    pub(crate) async fn place(&self) -> Place {
        loop {
            let changed = self.shared.changed.notified();
            if let Some(place) = self.free_place() {
                return place;
            }
            let pause = self.make_place();
            // In both cases, the next turn of the loop looks for a place.
            let _ = timeout(pause, changed).await;
        }
    }

    /// Closes one connection if a place is needed. Returns how long to wait before the next call.
    pub(crate) fn make_place(&self) -> Duration {
        self.shared.lock().make_place(Instant::now())
    }

    fn free_place(&self) -> Option<Place> {
        let mut state = self.shared.lock();
        if state.open.len() >= self.shared.limits.connections {
            return None;
        }
        let id = state.next;
        state.next += 1;
        let give_up = CancellationToken::new();
        let now = Instant::now();
        let connection = Connection {
            phase: Phase::New,
            began: now,
            since: now,
            held_bytes: 0,
            give_up: give_up.clone(),
        };
        state.open.insert(id, connection);
        Some(Place {
            shared: Arc::clone(&self.shared),
            id,
            give_up,
        })
    }
}

impl Place {
    /// Waits until the connection has to give way.
    pub(crate) fn given_up(&self) -> WaitForCancellationFuture<'_> {
        self.give_up.cancelled()
    }

    /// Begins an exchange: a request has arrived.
    pub(crate) fn begin(&self) -> Exchange {
        self.shared.enter(self.id, Phase::Working);
        Exchange {
            shared: Arc::clone(&self.shared),
            id: self.id,
            give_up: self.give_up.clone(),
        }
    }

    /// Whether a request waits for its answer.
    pub(crate) fn has_request(&self) -> bool {
        let state = self.shared.lock();
        let open = state.open.get(&self.id);
        open.is_some_and(|open| !matches!(open.phase, Phase::New | Phase::Idle))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.lock().open.remove(&self.id);
        self.shared.changed.notify_waiters();
    }
}

impl Exchange {
    /// Waits until the connection has to give way.
    pub(crate) fn given_up(&self) -> WaitForCancellationFuture<'_> {
        self.give_up.cancelled()
    }

    /// Begins to read the body: from here on, the client has to make progress.
    pub(crate) fn begin_body(&self) -> Room {
        self.shared.enter(self.id, Phase::Reading);
        Room {
            shared: Arc::clone(&self.shared),
            bytes: 0,
        }
    }

    /// Waits until there is memory for this many more bytes of the body.
    pub(crate) async fn grow(&self, room: &mut Room, bytes: usize) {
        loop {
            let changed = self.shared.changed.notified();
            if self.shared.take(self.id, bytes, Instant::now()) {
                room.bytes += bytes;
                return;
            }
            let _ = timeout(GRACE, changed).await;
        }
    }

    /// The body is complete: from here on, the client waits for this process.
    pub(crate) fn end_body(&self) {
        self.shared.enter(self.id, Phase::Working);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.shared.enter(self.id, Phase::Idle);
        // An idle connection can give way.
        self.shared.changed.notify_waiters();
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shared.lock().held_bytes -= self.bytes;
        self.shared.changed.notify_waiters();
    }
}

impl Connection {
    /// How long other clients have waited for this client. The time of a slow body counts in part.
    fn lateness(&self, now: Instant) -> Duration {
        let silence = now.saturating_duration_since(self.since);
        if self.phase == Phase::Reading {
            silence.max(now.saturating_duration_since(self.began) / STEPS)
        } else {
            silence
        }
    }
}

impl State {
    /// Closes the connection of the client that has been silent longest, even in the middle of a
    /// body. A client that has just made a step gets the time for another, unless its last request
    /// is answered.
    fn make_place(&mut self, now: Instant) -> Duration {
        let can_end = |open: &&Connection| !matches!(open.phase, Phase::Working | Phase::Blocked);
        let ends = |open: &&Connection| open.give_up.is_cancelled();
        if self.open.values().any(|open| can_end(&open) && ends(&open)) {
            return GRACE;
        }
        let waiting = self.open.values().filter(can_end);
        let latest = waiting.clone().max_by_key(|open| open.lateness(now));
        let idle = waiting.filter(|open| open.phase == Phase::Idle);
        let lateness = latest.map_or(Duration::ZERO, |open| open.lateness(now));
        let gives_way = if lateness >= GRACE {
            latest
        } else {
            idle.min_by_key(|open| open.since)
        };
        match gives_way {
            Some(open) => {
                open.give_up.cancel();
                GRACE
            }
            None => GRACE.saturating_sub(lateness),
        }
    }

    /// Drops the body whose sender has been silent longest. If all bodies wait for each other, the
    /// newest is dropped.
    fn make_room(&mut self, now: Instant) {
        let holding = |open: &&Connection| {
            open.held_bytes > 0 && matches!(open.phase, Phase::Reading | Phase::Blocked)
        };
        let holding = self.open.iter().filter(|(_, open)| holding(open));
        if holding.clone().any(|(_, open)| open.give_up.is_cancelled()) {
            return;
        }
        let read = holding
            .clone()
            .filter(|(_, open)| open.phase == Phase::Reading);
        let gives_way = match read.max_by_key(|(_, open)| open.lateness(now)) {
            Some((_, slowest)) => Some(slowest).filter(|open| open.lateness(now) >= GRACE),
            None => {
                let blocked: usize = holding.clone().map(|(_, open)| open.held_bytes).sum();
                let newest = holding.max_by_key(|(id, _)| **id);
                newest
                    .map(|(_, open)| open)
                    .filter(|_| blocked == self.held_bytes)
            }
        };
        if let Some(open) = gives_way {
            open.give_up.cancel();
        }
    }
}

impl Shared {
    fn enter(&self, id: u64, phase: Phase) {
        if let Some(open) = self.lock().open.get_mut(&id) {
            open.phase = phase;
            open.began = Instant::now();
            open.since = open.began;
            open.held_bytes = 0;
        }
    }

    /// Reserves memory for this many bytes, if there is enough.
    fn take(&self, id: u64, bytes: usize, now: Instant) -> bool {
        let mut state = self.lock();
        let has_room = state.held_bytes + bytes <= self.limits.held_bytes;
        if has_room {
            state.held_bytes += bytes;
        }
        if let Some(open) = state.open.get_mut(&id) {
            if has_room {
                if open.phase == Phase::Blocked {
                    // The client did not cause the wait for memory.
                    open.began = now;
                }
                open.phase = Phase::Reading;
                open.since = now;
                open.held_bytes += bytes;
            } else {
                open.phase = Phase::Blocked;
            }
        }
        if !has_room {
            state.make_room(now);
        }
        has_room
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
