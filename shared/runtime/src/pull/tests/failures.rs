//! Messages that staging does not accept.

use super::scripted::*;
use crate::pull::Limits;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Three groups of two messages each: 0 and 3 are of the first.
fn of_three_groups(never: &[(&str, Verdict)]) -> World {
    World {
        topic: topic([0, 1, 2, 0, 1, 2]),
        never: never
            .iter()
            .map(|(body, verdict)| (String::from(*body), *verdict))
            .collect(),
        ..World::default()
    }
}

#[test]
fn a_message_that_fails_holds_up_its_group_and_no_other() {
    // A message that is refused permanently, without a message to replace it, is also tried again.
    for verdict in [Verdict::Later, Verdict::Refuse] {
        let script = Script::new(of_three_groups(&[("000000", verdict)]));
        let failing_on = |world: &World| world.sent_calls.len() >= 20;
        let outcome = script.pull(&brisk(), failing_on);
        let world = script.world();
        let expected = BTreeMap::from([
            ("g1", vec!["000001", "000004"]),
            ("g2", vec!["000002", "000005"]),
        ]);
        assert_eq!(by_group(&world.staged), expected);
        let mut acknowledged = world.acknowledged.clone();
        acknowledged.sort_unstable();
        assert_eq!(acknowledged, [1, 2, 4, 5]);
        assert_eq!(outcome.summary.given_back, 2);
        assert!(outcome.count("staging_retried") >= 10);
    }
}

#[test]
fn a_failed_message_goes_before_those_behind_it() {
    let script = Script::new(of_three_groups(&[("000000", Verdict::Later)]));
    let beside = async {
        script.until(|world| world.sent_calls.len() >= 5).await;
        script.change(|world| world.never.clear());
    };
    script.pull_beside(&brisk(), World::is_done, beside);
    let world = script.world();
    assert_eq!(by_group(&world.staged), by_group(&world.topic));
}

#[test]
fn what_is_somebody_elses_by_now_is_forgotten_and_its_group_goes_on() {
    // Resting after a failure or under way, there are as many calls as before.
    for calls in 2..12 {
        let script = Script::new(of_three_groups(&[("000000", Verdict::Later)]));
        let beside = async {
            script.until(|world| world.sent_calls.len() >= calls).await;
            script.change(|world| {
                world.lost = [0, 3].into();
                world.loses = true;
                let later = [("g0", "000006"), ("g1", "000007")];
                let later = later.map(|(group, body)| (group.to_owned(), body.to_owned()));
                world.topic.extend(later);
            });
        };
        let outcome = script.pull_beside(&brisk(), |world| world.acknowledged.len() == 6, beside);
        let world = script.world();
        let expected = BTreeMap::from([
            ("g0", vec!["000006"]),
            ("g1", vec!["000001", "000004", "000007"]),
            ("g2", vec!["000002", "000005"]),
        ]);
        assert_eq!(by_group(&world.staged), expected);
        assert_eq!(outcome.summary.received, 8);
        assert_eq!(outcome.summary.given_back, 2);
    }
}

#[test]
fn a_queue_that_is_down_is_asked_by_one_call_at_a_time() {
    const PROBES: usize = 6;
    let script = Script::new(World {
        topic: topic(0..80),
        calls: [
            [CallStep::Fail(3); 8 + PROBES].as_slice(),
            &[CallStep::Answer(3); 8],
        ]
        .concat()
        .into(),
        ..World::default()
    });
    let mut limits = brisk();
    limits.unstaged.floor = Duration::from_millis(5);
    let began = Instant::now();
    let outcome = script.pull(&limits, World::is_done);
    let world = script.world();
    assert_eq!(world.crowds[..8], [1, 2, 3, 4, 5, 6, 7, 8]);
    // The last of these succeeds.
    assert_eq!(world.crowds[8..=8 + PROBES], [1; PROBES + 1]);
    assert!(
        world.crowds[8 + PROBES..].contains(&2),
        "{:?}",
        world.crowds
    );
    assert!(began.elapsed() >= limits.unstaged.floor * (PROBES as u32 + 1));
    assert_eq!(outcome.count("staging_retried"), 8 + PROBES as u64);
    assert_eq!(outcome.summary.connections, 1);
}

#[test]
fn acknowledgements_go_out_while_nothing_more_is_asked_for() {
    // The first group fills all the room; the second was there before.
    let script = Script::new(World {
        topic: topic([1, 0, 0, 0, 0, 0]),
        never: BTreeMap::from([("000001".to_owned(), Verdict::Later)]),
        calls: [CallStep::Answer(5)].into(),
        ..World::default()
    });
    let limits = Limits {
        messages: 3,
        ..brisk()
    };
    script.pull(&limits, |world| world.sent_calls.len() > 5);
    let world = script.world();
    assert_eq!(world.acknowledged, [0]);
    assert_eq!(world.handed_out, 4);
}

#[test]
fn another_message_stands_in_for_one_that_is_refused_for_good() {
    let script = Script::new(World {
        stand_ins: true,
        ..of_three_groups(&[("000001", Verdict::Refuse)])
    });
    let outcome = script.pull(&brisk(), World::is_done);
    let world = script.world();
    let of_the_group = by_group(&world.staged)["g1"].clone();
    assert_eq!(of_the_group, ["000001 stands elsewhere", "000004"]);
    assert_eq!(outcome.summary.given_back, 0);
}

#[test]
fn one_that_stands_in_is_not_replaced_and_not_lost() {
    let stand_in = "000001 stands elsewhere";
    let script = Script::new(World {
        stand_ins: true,
        ..of_three_groups(&[("000001", Verdict::Refuse), (stand_in, Verdict::Refuse)])
    });
    let beside = async {
        script.until(|world| world.sent_calls.len() >= 10).await;
        script.change(|world| {
            assert!(!world.acknowledged.contains(&1) && !world.acknowledged.contains(&4));
            world.never.remove(stand_in);
        });
    };
    script.pull_beside(&brisk(), World::is_done, beside);
    let of_the_group = by_group(&script.world().staged)["g1"].join(", ");
    assert_eq!(of_the_group, "000001 stands elsewhere, 000004");
}
