//! How many messages are held, how many calls are under way, and what they carry.

use super::scripted::*;
use crate::pull::Limits;
use std::collections::VecDeque;

/// Calls that hang until the script is emptied, which does not happen by itself.
fn hanging() -> VecDeque<CallStep> {
    [CallStep::Hang; 1000].into()
}

/// Waits until nothing more can be expected to happen: the subscription got its ticks and nothing
/// changed.
async fn settled(script: &Script) {
    let ticks = script.world().ticks;
    script.until(|world| world.ticks >= ticks + 5).await;
}

#[test]
fn no_more_than_allowed_is_held_and_ticks_go_on() {
    let sizes = |size: usize| -> Vec<(String, String)> {
        let bodies = (0..100).map(|n| format!("{n:06}{}", "x".repeat(size)));
        bodies
            .enumerate()
            .map(|(n, b)| (n.to_string(), b))
            .collect()
    };
    let cases = [
        (25, usize::MAX, 4, 25),
        (1000, 2500, 994, 3),
        (1000, 3000, 994, 3),
        // With limits below one message, one message is held at a time.
        (0, 0, 10, 1),
    ];
    for (messages, bytes, size, expected) in cases {
        let script = Script::new(World {
            topic: sizes(size),
            calls: hanging(),
            ..World::default()
        });
        let limits = Limits {
            messages,
            bytes,
            ..brisk()
        };
        let beside = async {
            script.until(|world| world.handed_out == expected).await;
            settled(&script).await;
            assert_eq!(script.world().handed_out, expected);
            script.change(|world| world.calls.clear());
        };
        script.pull_beside(&limits, World::is_done, beside);
    }
}

#[test]
fn no_more_calls_than_allowed_are_under_way() {
    for (calls, expected) in [(3, 3), (1, 1), (0, 1)] {
        let script = Script::new(World {
            topic: topic(0..100),
            calls: hanging(),
            ..World::default()
        });
        let limits = Limits { calls, ..brisk() };
        let beside = async {
            let crowd = |world: &World| world.calls_under_way == expected;
            script.until(crowd).await;
            settled(&script).await;
            script.change(|world| world.calls.clear());
        };
        script.pull_beside(&limits, World::is_done, beside);
        let world = script.world();
        assert_eq!(world.crowds.iter().max(), Some(&expected));
        // Messages that arrived in the meantime go out in full calls.
        assert_eq!(world.sent_calls, [10; 10]);
    }
}

#[test]
fn what_is_there_fills_calls() {
    let script = Script::new(World {
        topic: topic((0..1000u16).map(|n| (n % 100) as u8)),
        ..World::default()
    });
    script.pull(&brisk(), World::is_done);
    assert_eq!(script.world().sent_calls, [10; 100]);
}

#[test]
fn a_single_message_waits_for_no_other() {
    let script = Script::new(World::default());
    let limits = Limits {
        // No tick wakes anything up.
        tick: std::time::Duration::from_secs(3600),
        ..brisk()
    };
    let beside = async {
        for n in 0..5 {
            script.until(|world| world.acknowledged.len() == n).await;
            polled(20).await;
            let message = (format!("g{n}"), format!("{n:06}"));
            script.change(|world| world.topic.push(message));
        }
    };
    script.pull_beside(&limits, |world| world.acknowledged.len() == 5, beside);
    assert_eq!(script.world().sent_calls, [1; 5]);
}

#[test]
fn a_call_keeps_to_the_limit_of_bytes() {
    let large = |n: usize| (format!("g{n}"), format!("{n:06}{}", "x".repeat(400_000)));
    let script = Script::new(World {
        topic: (0..9).map(large).collect(),
        ..World::default()
    });
    script.pull(&brisk(), World::is_done);
    // The script reports larger calls as faults.
    assert_eq!(script.world().sent_calls.iter().max(), Some(&2));
}
