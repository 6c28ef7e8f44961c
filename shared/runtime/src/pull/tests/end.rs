//! The end of a pull is orderly, and in time even if the broker or the queue does not answer.

use super::scripted::*;
use crate::pull::{ConnectError, Limits};
use std::time::{Duration, Instant};

/// No wait is longer than this, unless it is part of the end.
fn patient() -> Limits {
    let hour = Duration::from_secs(3600);
    let mut limits = Limits {
        connect: hour,
        answer: hour,
        grace: Duration::from_millis(30),
        parting: Duration::from_millis(20),
        ..brisk()
    };
    limits.unreachable.floor = hour;
    limits
}

#[test]
fn an_end_that_has_come_already_connects_nowhere() {
    let script = Script::new(World::default());
    let outcome = script.pull(&patient(), |_| true);
    assert_eq!(
        (script.world().attempts, outcome.summary.connections),
        (0, 0)
    );
}

#[test]
fn neither_a_connection_that_does_not_come_about_nor_a_wait_puts_it_off() {
    let error = || ConnectError::Unreachable("as told".to_owned());
    for connect in [None, Some(Err(error()))] {
        let script = Script::new(World {
            connects: [connect].into(),
            ..World::default()
        });
        script.pull(&patient(), |world| world.attempts == 1);
        assert_eq!(script.world().closes, 0);
    }
}

#[test]
fn calls_under_way_are_waited_for_and_acknowledged_and_no_other_begins() {
    let script = Script::new(World {
        topic: topic(0..100),
        calls: [CallStep::Hang; 100].into(),
        ..World::default()
    });
    let limits = Limits {
        calls: 3,
        grace: Duration::from_secs(3600),
        ..patient()
    };
    let is = |world: &World| world.calls_under_way == 3;
    let beside = async {
        script.until(is).await;
        polled(100).await;
        script.change(|world| world.calls.clear());
    };
    let outcome = script.pull_beside(&limits, is, beside);
    let world = script.world();
    assert_eq!(outcome.summary.acknowledged, 30);
    assert_eq!(outcome.summary.given_back, outcome.summary.received - 30);
    assert_eq!((world.acknowledged.len(), world.staged.len()), (30, 30));
    assert_eq!((world.sent_calls.len(), world.closes), (3, 1));
}

#[test]
fn calls_without_an_answer_are_left_after_the_grace() {
    let script = Script::new(World {
        topic: topic(0..20),
        calls: [CallStep::Answer(0), CallStep::Hang, CallStep::Hang].into(),
        ..World::default()
    });
    let limits = patient();
    let began = Instant::now();
    let is = |world: &World| world.calls_under_way == 1 && world.acknowledged.len() == 10;
    let outcome = script.pull(&limits, is);
    assert!(began.elapsed() >= limits.grace);
    assert_eq!(outcome.summary.given_back, 10);
    assert_eq!(
        (outcome.summary.acknowledged, script.world().closes),
        (10, 1)
    );
}

#[test]
fn a_broker_that_does_not_answer_is_left() {
    // The acknowledgement hangs when the end comes, or begins to hang after it; then closing hangs,
    // too.
    for before_the_end in [true, false] {
        let script = Script::new(World {
            topic: topic(0..5),
            acknowledging: [Acknowledging::Never].into(),
            closing_hangs: true,
            calls: [CallStep::Answer(10)].into(),
            ..World::default()
        });
        let outcome = script.pull(&patient(), |world| {
            if before_the_end {
                world.acknowledging.is_empty()
            } else {
                world.calls_under_way == 1
            }
        });
        let world = script.world();
        assert_eq!(
            (outcome.summary.staged, outcome.summary.acknowledged),
            (5, 0)
        );
        assert_eq!((world.closes, world.acknowledged.len()), (1, 0));
        assert_eq!(outcome.count("unreachable"), 0);
    }
}
