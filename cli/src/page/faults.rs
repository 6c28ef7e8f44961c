//! What is broken on purpose.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use thingrelay::{clock::Clock, send_error::SendError};
use thingrelay_core::timestamp::Timestamp;

/// The longest delay of a target, in milliseconds: a batch has to end in time.
const MAX_SLOW: u64 = 10_000;
/// The most that the clock may be off, in seconds: a year.
const MAX_SECONDS: i64 = 31_536_000;

/// What is broken on purpose. Nothing at the start.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
    clock_seconds: Arc<AtomicI64>,
}

/// The faults, as the page shows and sets them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct State {
    /// By the names of the targets.
    targets: BTreeMap<String, TargetFault>,
    /// The staging queue takes nothing from the endpoint.
    staging_down: bool,
    /// How far the endpoint's clock is ahead, in seconds.
    clock_seconds: i64,
}

/// What is wrong with a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TargetFault {
    /// The target takes nothing.
    down: bool,
    /// How many of the next events the target does not take.
    fail_next: u32,
    /// How long a call takes in addition, in milliseconds.
    slow_ms: u64,
}

impl Faults {
    /// A clock that is off as the faults say.
    pub(crate) fn clock(&self, clock: Clock) -> Clock {
        let seconds = Arc::clone(&self.clock_seconds);
        Clock::from_fn(move || {
            let off = seconds.load(Ordering::Relaxed).saturating_mul(1000);
            Timestamp::from_unix_millis(clock.now().unix_millis().saturating_add(off))
        })
    }

    pub(crate) fn state(&self) -> State {
        self.lock().clone()
    }

    pub(crate) fn set(&self, mut state: State) {
        for fault in state.targets.values_mut() {
            fault.slow_ms = fault.slow_ms.min(MAX_SLOW);
        }
        state
            .targets
            .retain(|_, fault| *fault != TargetFault::default());
        state.clock_seconds = state.clock_seconds.clamp(-MAX_SECONDS, MAX_SECONDS);
        self.clock_seconds
            .store(state.clock_seconds, Ordering::Relaxed);
        *self.lock() = state;
    }

    /// The failure of a message for the staging queue, if the queue is to fail.
    pub(crate) fn of_staging(&self) -> Option<SendError> {
        let failure = "the staging queue is down, as the page asks";
        self.lock()
            .staging_down
            .then(|| SendError::Transient(failure.into()))
    }

    /// The delay and the failures of a call with this many events.
    pub(crate) fn of_target(
        &self,
        target: &str,
        events: usize,
    ) -> (Duration, Vec<Option<SendError>>) {
        let mut state = self.lock();
        let Some(fault) = state.targets.get_mut(target) else {
            return (Duration::ZERO, vec![None; events]);
        };
        let failures = (0..events).map(|_| {
            if fault.down {
                let failure = "the target is unavailable, as the page asks";
                return Some(SendError::Transient(failure.into()));
            }
            fault.fail_next = fault.fail_next.checked_sub(1)?;
            let failure = "the target fails, as the page asks";
            Some(SendError::Transient(failure.into()))
        });
        let failures = failures.collect();
        let slow = Duration::from_millis(fault.slow_ms);
        if *fault == TargetFault::default() {
            state.targets.remove(target);
        }
        (slow, failures)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(target: TargetFault) -> Faults {
        let faults = Faults::default();
        faults.set(State {
            targets: BTreeMap::from([("a".to_owned(), target)]),
            ..State::default()
        });
        faults
    }

    fn failed(faults: &Faults, target: &str, events: usize) -> Vec<bool> {
        let (_, failures) = faults.of_target(target, events);
        failures.iter().map(Option::is_some).collect()
    }

    #[test]
    fn a_target_fails_for_the_next_events_and_works_again() {
        let faults = faults(TargetFault {
            fail_next: 3,
            ..TargetFault::default()
        });
        assert_eq!(failed(&faults, "b", 1), [false]);
        assert_eq!(failed(&faults, "a", 2), [true, true]);
        assert_eq!(failed(&faults, "a", 2), [true, false]);
        assert_eq!(faults.state(), State::default());
    }

    #[test]
    fn a_target_is_down_until_it_is_not() {
        let faults = faults(TargetFault {
            down: true,
            slow_ms: 1 << 40,
            ..TargetFault::default()
        });
        assert_eq!(failed(&faults, "a", 2), [true, true]);
        let (slow, _) = faults.of_target("a", 0);
        assert_eq!(slow, Duration::from_millis(MAX_SLOW));
        faults.set(State::default());
        assert_eq!(failed(&faults, "a", 1), [false]);
    }

    #[test]
    fn the_clock_is_off_by_what_is_asked() {
        let faults = Faults::default();
        let clock = faults.clock(Clock::from_fn(|| Timestamp::from_unix_millis(5000)));
        assert_eq!(clock.now().unix_millis(), 5000);
        for (asked, expected) in [(-3, 2000), (i64::MAX, 5000 + MAX_SECONDS * 1000)] {
            faults.set(State {
                clock_seconds: asked,
                ..State::default()
            });
            assert_eq!(clock.now().unix_millis(), expected);
        }
    }
}
