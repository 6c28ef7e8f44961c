//! The time of day, as a value that tests can set.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use thingrelay_core::timestamp::Timestamp;
use tokio::time::Instant;

/// Tells the time. The protocol modules read no clock: they get the time as an argument.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    pub fn system() -> Self {
        Clock::from_fn(|| {
            let since_epoch = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            Timestamp::from_unix_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
        })
    }

    /// A clock that begins at 0 and cannot be set: for durations.
    pub fn monotonic() -> Self {
        let began = Instant::now();
        Clock::from_fn(move || {
            let millis = i64::try_from(began.elapsed().as_millis());
            Timestamp::from_unix_millis(millis.unwrap_or(i64::MAX))
        })
    }

    /// A clock that calls this function.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    /// The time that the clock shows.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
