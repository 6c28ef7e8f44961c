//! The wall clock, made to never go back while the process runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::queue::Millis;

/// Tells the time in milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    latest: AtomicU64,
}

impl Clock {
    pub(crate) fn now(&self) -> Millis {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let wall = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX / 4096);
        self.latest.fetch_max(wall, Ordering::Relaxed).max(wall)
    }
}
