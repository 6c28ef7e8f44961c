//! How long no message has come.

use super::limits::Limits;
use crate::internal_event::InternalEvent;
use std::time::Duration;
use thingrelay_core::source::SourceName;
use tokio::time::Instant;

/// Adds up the time in which messages could have come and none did, from tick to tick.
pub(super) struct SilenceTimer {
    limit: Option<Duration>,
    so_far: Duration,
    ticked: Instant,
    heard: bool,
}

impl SilenceTimer {
    pub(super) fn new(limits: &Limits) -> Self {
        SilenceTimer {
            limit: limits.silent_after,
            so_far: limits.silent_for,
            ticked: Instant::now(),
            heard: false,
        }
    }

    /// A connection was made.
    pub(super) fn connected(&mut self) {
        self.ticked = Instant::now();
    }

    /// A message has come.
    pub(super) fn heard(&mut self) {
        self.heard = true;
    }

    /// Counts the time since the last tick, unless the pull was not listening. When the limit is
    /// reached, it emits the event, and the count begins again.
    pub(super) fn tick(&mut self, listening: bool, source: &SourceName) {
        let now = Instant::now();
        let passed = now - std::mem::replace(&mut self.ticked, now);
        if std::mem::take(&mut self.heard) {
            self.so_far = Duration::ZERO;
        } else if listening {
            self.so_far += passed;
        }
        if let Some(limit) = self.limit
            && self.so_far >= limit
        {
            let minutes = self.so_far.as_secs() / 60;
            InternalEvent::Silent { source, minutes }.emit();
            self.so_far = Duration::ZERO;
        }
    }

    pub(super) fn so_far(&self) -> Duration {
        if self.heard {
            Duration::ZERO
        } else {
            self.so_far
        }
    }
}
