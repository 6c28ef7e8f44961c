//! The connections of the endpoint: how many there may be, and which one gives way.

use rustix::process::{Resource, getrlimit};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// The most connections, whatever the system allows.
const MOST: usize = 1000;
/// Descriptors for everything else: queues, files, the runtime.
const OTHER_DESCRIPTORS: usize = 40;
/// Descriptors for a request at work: its connection, and both ends of one to the queue server.
const DESCRIPTORS_EACH: usize = 3;

/// All of them.
#[derive(Debug, Clone)]
pub struct Connections {
    limit: usize,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Grows with every change, so that the longest idle one has the lowest number.
    changes: u64,
    next: u64,
    open: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    is_at_work: bool,
    changed: u64,
    give_up: CancellationToken,
}

/// The place of one connection; dropping it makes room.
#[derive(Debug)]
pub struct Place {
    shared: Arc<Shared>,
    id: u64,
    give_up: CancellationToken,
}

/// A request at work on a connection, which gives way to no other for as long.
#[derive(Debug)]
pub struct Work {
    shared: Arc<Shared>,
    id: u64,
}

impl Connections {
    /// As many as the descriptors of this process are for.
    pub fn for_this_process() -> Connections {
        let descriptors = getrlimit(Resource::Nofile).current;
        let descriptors = descriptors.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        let limit = descriptors.saturating_sub(OTHER_DESCRIPTORS) / DESCRIPTORS_EACH;
        Connections::at_most(limit.clamp(2, MOST))
    }

    fn at_most(limit: usize) -> Connections {
        Connections {
            limit,
            shared: Arc::default(),
        }
    }

    /// Waits until there is room for one more; the longest idle one gives way.
    pub async fn place(&self) -> Place {
        loop {
            let ended = self.shared.ended.notified();
            if let Some(place) = self.free_place() {
                return place;
            }
            self.make_room();
            // Without an idle one, this is until another becomes idle or ends.
            ended.await;
        }
    }

    /// Has the longest idle connection give way, if there is one.
    pub fn make_room(&self) {
        let state = self.shared.lock();
        let idle = state.open.values().filter(|open| !open.is_at_work);
        if let Some(longest) = idle.min_by_key(|open| open.changed) {
            longest.give_up.cancel();
        }
    }

    fn free_place(&self) -> Option<Place> {
        let mut state = self.shared.lock();
        if state.open.len() >= self.limit {
            return None;
        }
        let id = state.next;
        state.next += 1;
        let give_up = CancellationToken::new();
        let connection = Connection {
            is_at_work: false,
            changed: state.change(),
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
    pub fn given_up(&self) -> WaitForCancellationFuture<'_> {
        self.give_up.cancelled()
    }

    /// Marks the connection as at work.
    pub fn work(&self) -> Work {
        self.shared.set(self.id, true);
        Work {
            shared: Arc::clone(&self.shared),
            id: self.id,
        }
    }

    /// Whether a request is at work.
    pub fn is_at_work(&self) -> bool {
        let state = self.shared.lock();
        state.open.get(&self.id).is_some_and(|open| open.is_at_work)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.lock().open.remove(&self.id);
        self.shared.ended.notify_waiters();
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.shared.set(self.id, false);
        // Whoever waits for a place may find an idle one now.
        self.shared.ended.notify_waiters();
    }
}

impl State {
    fn change(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }
}

impl Shared {
    fn set(&self, id: u64, is_at_work: bool) {
        let mut state = self.lock();
        let changed = state.change();
        if let Some(open) = state.open.get_mut(&id) {
            open.is_at_work = is_at_work;
            open.changed = changed;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn the_longest_idle_one_gives_way_and_one_at_work_does_not() {
        let connections = Connections::at_most(3);
        let places = [
            connections.place().await,
            connections.place().await,
            connections.place().await,
        ];
        // The first was at work last, and the second is.
        drop(places[0].work());
        let work = places[1].work();
        assert!(connections.place().now_or_never().is_none());
        let given_up = places.each_ref().map(|place| place.give_up.is_cancelled());
        assert_eq!(given_up, [false, false, true]);
        let [first, second, third] = places;
        drop(third);
        let third = connections.place().await;
        drop(first);
        let fourth = connections.place().await;
        // Nobody is idle but the new ones.
        assert!(second.is_at_work() && !fourth.is_at_work());
        drop(work);
        assert!(!second.is_at_work());
        drop(third);
    }
}
