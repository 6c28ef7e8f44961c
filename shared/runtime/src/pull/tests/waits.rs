//! Silence and backoff.

use super::scripted::*;
use crate::pull::{Limits, backoff::Backoff};
use proptest::prelude::*;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn silence_is_told_each_time_its_span_has_passed() {
    let script = Script::new(World::default());
    let limits = Limits {
        silent_after: Some(Duration::from_millis(5)),
        ..brisk()
    };
    let outcome = script.pull(&limits, |world| world.ticks >= 60);
    let told = outcome.count("silent");
    assert!((2..=60).contains(&told), "{told}");
    // A silent connection is not a broken one.
    assert_eq!(outcome.summary.connections, 1);
}

#[test]
fn silence_goes_on_from_pull_to_pull() {
    let script = Script::new(World::default());
    let mut limits = Limits {
        silent_after: Some(HOUR),
        silent_for: HOUR - Duration::from_millis(30),
        ..brisk()
    };
    let (mut told, mut pulls) = (0, 0);
    while told == 0 {
        let ticks = script.world().ticks;
        let outcome = script.pull(&limits, |world| world.ticks >= ticks + 5);
        told = outcome.count("silent");
        assert!(told > 0 || outcome.summary.silent_for > limits.silent_for);
        limits.silent_for = outcome.summary.silent_for;
        pulls += 1;
    }
    assert!(limits.silent_for < HOUR / 2 && pulls < 30, "{pulls} pulls");
}

#[test]
fn a_message_ends_the_silence_and_one_too_many_is_none() {
    let nearly = Limits {
        silent_after: Some(HOUR),
        silent_for: HOUR - Duration::from_micros(1),
        ..brisk()
    };
    // A message before the first tick.
    let script = Script::new(World {
        topic: topic([1]),
        ..World::default()
    });
    let outcome = script.pull(&nearly, |world| world.is_done() && world.ticks >= 5);
    assert_eq!(outcome.count("silent"), 0);
    assert!(outcome.summary.silent_for < HOUR / 2);
    // A broker is not silent if the pull does not listen.
    let script = Script::new(World {
        topic: topic([1, 2]),
        calls: [CallStep::Hang, CallStep::Hang].into(),
        ..World::default()
    });
    let full = Limits {
        silent_after: Some(Duration::from_micros(1)),
        messages: 1,
        grace: Duration::ZERO,
        tick: Duration::from_millis(20),
        ..brisk()
    };
    let outcome = script.pull(&full, |world| world.ticks >= 5);
    assert_eq!((outcome.count("silent"), outcome.summary.received), (0, 1));
}

#[test]
fn the_waits_are_those_that_are_documented() {
    let limits = Limits::default();
    let mut jitter = fastrand::Rng::new();
    for _ in 0..1000 {
        let first = limits.unreachable.wait(1, &mut jitter);
        assert!(first <= Duration::from_millis(200), "{first:?}");
        let late = limits.unreachable.wait(50, &mut jitter);
        assert!(late <= Duration::from_secs(15), "{late:?}");
        for failures in [1, 2, 50] {
            let refused = limits.refused.wait(failures, &mut jitter);
            let range = Duration::from_secs(5)..=Duration::from_secs(60);
            assert!(range.contains(&refused), "{refused:?}");
        }
    }
}

proptest! {
    #[test]
    fn waits_keep_their_bounds(floor in 0u64..100, first in 0u64..1000, max in 0u64..100_000, failures in any::<u32>(), seed in any::<u64>()) {
        let backoff = Backoff {
            floor: Duration::from_millis(floor),
            first: Duration::from_millis(first),
            max: Duration::from_millis(max),
        };
        let wait = backoff.wait(failures, &mut fastrand::Rng::with_seed(seed));
        if failures == 0 {
            prop_assert_eq!(wait, Duration::ZERO);
        } else {
            prop_assert!(wait >= backoff.floor && wait <= backoff.max.max(backoff.floor));
        }
    }
}
