//! Connections that break or are never made.

use super::scripted::*;
use crate::pull::{ConnectError, Limits};
use std::time::{Duration, Instant};

#[test]
fn what_keeps_from_connecting_is_told_and_tried_again() {
    let why = || "as told".to_owned();
    let script = Script::new(World {
        topic: topic([1, 2]),
        connects: [
            Some(Err(ConnectError::Refused(why()))),
            Some(Err(ConnectError::Missing(why()))),
            Some(Err(ConnectError::Unreachable(why()))),
            None,
        ]
        .into(),
        ..World::default()
    });
    let limits = Limits {
        connect: Duration::from_millis(5),
        ..brisk()
    };
    let outcome = script.pull(&limits, World::is_done);
    assert_eq!(outcome.count("credentials_refused"), 1);
    assert_eq!(outcome.count("unreachable"), 3);
    assert_eq!(script.world().attempts, 5);
    assert_eq!(outcome.summary.connections, 1);
}

#[test]
fn waits_are_as_long_as_the_reason_asks_for() {
    let cases = [
        (ConnectError::Refused(String::new()), true),
        (ConnectError::Missing(String::new()), false),
        (ConnectError::Unreachable(String::new()), false),
    ];
    for (error, slow) in cases {
        let script = Script::new(World {
            topic: topic([1]),
            connects: vec![Some(Err(error)); 3].into(),
            ..World::default()
        });
        let mut limits = brisk();
        let (long, short) = (Duration::from_millis(30), Duration::from_millis(3));
        limits.refused.floor = long;
        limits.unreachable.floor = short;
        let began = Instant::now();
        script.pull(&limits, World::is_done);
        assert!(began.elapsed() >= 3 * if slow { long } else { short });
    }
}

#[test]
fn waits_begin_again_once_messages_flow() {
    // Otherwise, the later ones of these would take seconds each.
    let script = Script::new(World {
        topic: topic([1; 30]),
        steps: [Step::Give, Step::Give, Step::Break].repeat(20).into(),
        ..World::default()
    });
    let mut limits = brisk();
    limits.unreachable.first = Duration::from_millis(1);
    limits.unreachable.max = Duration::from_secs(60);
    let outcome = script.pull(&limits, World::is_done);
    assert!(outcome.summary.connections > 10);
    assert_eq!(
        outcome.count("unreachable") + 1,
        outcome.summary.connections
    );
}

#[test]
fn calls_end_before_the_next_connection_begins() {
    let script = Script::new(World {
        topic: topic([1, 2]),
        // Both messages are under way when the connection breaks.
        steps: [Step::Give, Step::Give, Step::Yield, Step::Break].into(),
        calls: [CallStep::Hang, CallStep::Answer(0)].into(),
        ..World::default()
    });
    let beside = async {
        script
            .until(|world| world.calls_under_way == 1 && world.steps.is_empty())
            .await;
        // The script would report a connection made now as a fault.
        polled(200).await;
        assert_eq!(script.world().attempts, 1);
        script.change(|world| world.calls.clear());
    };
    let outcome = script.pull_beside(&brisk(), World::is_done, beside);
    assert_eq!(outcome.summary.connections, 2);
    let world = script.world();
    assert_eq!(by_group(&world.staged), by_group(&world.topic));
    // Messages that were staged after the connection was gone came again.
    assert_eq!(outcome.summary.staged, 4);
    assert_eq!(world.closes, 2);
}

#[test]
fn a_broker_that_takes_no_acknowledgements_is_left() {
    let script = Script::new(World {
        topic: topic(0..50),
        acknowledging: [
            Acknowledging::Never,
            Acknowledging::Lost,
            Acknowledging::Never,
        ]
        .into(),
        ..World::default()
    });
    let limits = Limits {
        answer: Duration::from_millis(5),
        ..brisk()
    };
    let outcome = script.pull(&limits, World::is_done);
    assert_eq!(outcome.summary.connections, 4);
    assert_eq!(outcome.summary.acknowledged, 50);
}

#[test]
fn staging_goes_on_while_acknowledgements_take_their_time() {
    let script = Script::new(World {
        topic: topic(0..50),
        acknowledging: [Acknowledging::Never].into(),
        // Meanwhile the others arrive.
        calls: [CallStep::Answer(100)].into(),
        ..World::default()
    });
    let limits = Limits {
        answer: Duration::from_millis(200),
        messages: 30,
        calls: 1,
        ..brisk()
    };
    let beside = async {
        // The first call's messages are being acknowledged, and the rest is staged meanwhile.
        script.until(|world| world.staged.len() >= 20).await;
        assert_eq!(script.world().attempts, 1);
    };
    script.pull_beside(&limits, World::is_done, beside);
}
