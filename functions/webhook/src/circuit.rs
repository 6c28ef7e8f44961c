//! Stops sending to a receiver that is down: then one event at a time is a probe, and all others
//! wait.

use crate::verdict::Verdict;
use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use thingrelay_core::timestamp::Timestamp;

/// The circuit opens after failures in a row of so many different devices.
const OPENS_AT: usize = 5;
/// The time between two probes.
const PROBE_INTERVAL: Duration = Duration::from_secs(30);
/// A probe whose end was never told counts as failed after this time.
const LONGEST_PROBE: Duration = Duration::from_secs(60);

/// What may be done with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Send it.
    Send,
    /// Let it wait for this long.
    Wait(Duration),
}

/// The state of a receiver, as one sandbox sees it.
#[derive(Debug, Default)]
pub(crate) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The groups that have failed since the last answer.
    failing: HashSet<String>,
    /// When the next probe may go; `None` while the circuit is closed.
    next_probe: Option<Timestamp>,
}

impl Circuit {
    pub(crate) fn is_open(&self) -> bool {
        self.lock().next_probe.is_some()
    }

    /// Whether the group has failed since the last answer. A probe of another group tells more.
    pub(crate) fn is_failing(&self, group: &str) -> bool {
        self.lock().failing.contains(group)
    }

    /// Asks before each attempt. While the circuit is open, one caller at a time may send.
    pub(crate) fn admit(&self, now: Timestamp) -> Admission {
        let mut state = self.lock();
        let Some(due) = state.next_probe else {
            return Admission::Send;
        };
        let left = due.unix_millis().saturating_sub(now.unix_millis());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        // A clock that was set back must not keep the circuit open.
        if left.is_zero() || left > longest_wait() {
            state.next_probe = Some(later(now, LONGEST_PROBE));
            return Admission::Send;
        }
        Admission::Wait(left)
    }

    /// Notes the result of an attempt. Returns whether the circuit has just opened.
    pub(crate) fn note(
        &self,
        group: &str,
        verdict: Verdict,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) -> bool {
        let mut state = self.lock();
        if verdict != Verdict::Retry {
            *state = State::default();
            return false;
        }
        state.failing.insert(group.to_owned());
        if state.failing.len() < OPENS_AT {
            return false;
        }
        let was_open = state.next_probe.is_some();
        let wait = retry_after.unwrap_or_default();
        let wait = wait.clamp(PROBE_INTERVAL, longest_wait());
        state.next_probe = Some(later(now, wait));
        !was_open
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A receiver may ask for a longer time between probes.
fn longest_wait() -> Duration {
    PROBE_INTERVAL * 10
}

fn later(now: Timestamp, time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_unix_millis(now.unix_millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    fn fail(circuit: &Circuit, group: &str, seconds: i64) -> bool {
        circuit.note(group, Verdict::Retry, None, at(seconds))
    }

    #[test]
    fn failures_of_different_devices_in_a_row_open_it() {
        let circuit = Circuit::default();
        for _ in 0..100 {
            assert!(!fail(&circuit, "a", 0));
        }
        for group in ["b", "c", "d"] {
            assert!(!fail(&circuit, group, 0));
        }
        assert!(
            !circuit.note("e", Verdict::Refused, None, at(0)),
            "an answer"
        );
        for group in ["a", "b", "c", "d"] {
            assert!(!fail(&circuit, group, 0));
            assert_eq!(circuit.admit(at(0)), Admission::Send);
        }
        assert!(fail(&circuit, "e", 0));
        assert!(circuit.is_open() && circuit.is_failing("e") && !circuit.is_failing("f"));
    }

    #[test]
    fn one_probe_at_a_time_goes_while_it_is_open() {
        let circuit = Circuit::default();
        for group in ["a", "b", "c", "d", "e"] {
            fail(&circuit, group, 0);
        }
        let wait = |seconds| Admission::Wait(Duration::from_secs(seconds));
        assert_eq!(circuit.admit(at(10)), wait(20));
        assert_eq!(circuit.admit(at(30)), Admission::Send);
        assert_eq!(circuit.admit(at(31)), wait(59));
        assert!(!fail(&circuit, "f", 32), "it was open before");
        assert_eq!(circuit.admit(at(32)), wait(30));
        // The end of the probe was never told.
        assert_eq!(circuit.admit(at(62)), Admission::Send);
        assert_eq!(circuit.admit(at(122)), Admission::Send);
        circuit.note("g", Verdict::Delivered, None, at(123));
        assert!(!circuit.is_open() && !circuit.is_failing("a"));
        assert_eq!(circuit.admit(at(123)), Admission::Send);
    }

    #[test]
    fn a_receiver_can_ask_for_time_and_a_clock_that_was_set_back_changes_nothing() {
        let circuit = Circuit::default();
        for group in ["a", "b", "c", "d", "e"] {
            circuit.note(
                group,
                Verdict::Retry,
                Some(Duration::from_secs(100)),
                at(1000),
            );
        }
        assert_eq!(
            circuit.admit(at(1001)),
            Admission::Wait(Duration::from_secs(99))
        );
        assert_eq!(circuit.admit(at(0)), Admission::Send);
    }
}
