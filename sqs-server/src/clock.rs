//! The time: ticks measure delays and timeouts, and the wall clock gives the times that are shown.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::queue::{Millis, Moment};

/// The time of a server. Only a test needs its own: it can move the time of the queues forward, as
/// if the time had passed.
///
/// Delays, visibility timeouts, waits, the retention period and deduplication follow a clock that
/// runs as long as the process and cannot be set. The wall clock gives the times that receivers
/// see, and affects nothing else.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    began: Instant,
    /// The first tick. Opening a store sets it.
    first: AtomicU64,
    moved: watch::Sender<Duration>,
    wall: Box<dyn Fn() -> Millis + Send + Sync>,
}

impl Clock {
    /// Moves the time of the queues forward: delays and timeouts within this span are over when this
    /// returns, and tasks that wait for one look again.
    pub fn advance(&self, span: Duration) {
        self.0.moved.send_modify(|moved| *moved += span);
    }

    /// A clock with its own wall clock, in milliseconds since 1970.
    pub fn with_wall(wall: impl Fn() -> u64 + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(Inner {
            began: Instant::now(),
            first: AtomicU64::new(wall()),
            moved: watch::Sender::new(Duration::ZERO),
            wall: Box::new(wall),
        }))
    }

    /// Starts the ticks at this one, at which those of an earlier process ended.
    pub(crate) fn begin_at(&self, tick: Millis) {
        self.0.first.store(tick, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Moment {
        let passed = self.0.began.elapsed() + *self.0.moved.borrow();
        let first = self.0.first.load(Ordering::Relaxed);
        Moment {
            tick: first.saturating_add(millis(passed)),
            wall: (self.0.wall)(),
        }
    }

    /// Waits for a tick.
    pub(crate) async fn sleep_until(&self, tick: Millis) {
        let mut moved = self.0.moved.subscribe();
        loop {
            moved.borrow_and_update();
            let now = self.now().tick;
            if now >= tick {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(tick - now)) => {}
                // The sender lives as long as the clock.
                _ = moved.changed() => {}
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::with_wall(|| {
            millis(
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default(),
            )
        })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

fn millis(span: Duration) -> Millis {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX / 4096)
}
