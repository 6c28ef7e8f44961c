//! The order of each group holds, whatever fails.

use super::scripted::*;
use proptest::prelude::*;

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![20 => Just(Step::Give), 6 => Just(Step::Yield), 1 => Just(Step::Break)]
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    use Verdict::*;
    prop_oneof![6 => Just(Accept), 2 => Just(Later), 1 => Just(AcceptAndSayLater)]
}

fn calls() -> impl Strategy<Value = CallStep> {
    prop_oneof![6 => (0u8..6).prop_map(CallStep::Answer), 1 => (0u8..6).prop_map(CallStep::Fail), 1 => Just(CallStep::Short)]
}

fn acknowledging() -> impl Strategy<Value = Acknowledging> {
    use Acknowledging::*;
    prop_oneof![10 => Just(Done), 1 => Just(Lost), 1 => Just(DoneAndBroken)]
}

prop_compose! {
    fn worlds()(
        groups in prop::collection::vec(0u8..12, 1..150),
        steps in prop::collection::vec(steps(), 0..150),
        verdicts in prop::collection::vec(verdicts(), 0..150),
        calls in prop::collection::vec(calls(), 0..40),
        acknowledging in prop::collection::vec(acknowledging(), 0..40),
    ) -> World {
        World {
            topic: topic(groups),
            steps: steps.into(),
            verdicts: verdicts.into(),
            calls: calls.into(),
            acknowledging: acknowledging.into(),
            ..World::default()
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("topic", &self.topic)
            .field("steps", &self.steps)
            .field("calls", &self.calls)
            .field("verdicts", &self.verdicts)
            .field("acknowledging", &self.acknowledging)
            .finish_non_exhaustive()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// In the end every message is staged once, in the order of its group, and acknowledged.
    #[test]
    fn everything_is_staged_in_order_and_acknowledged(
        world in worlds(),
        messages in 1usize..40,
        calls in 1usize..10,
    ) {
        let script = Script::new(world);
        let limits = crate::pull::Limits { messages, calls, ..brisk() };
        let summary = script.pull(&limits, World::is_done).summary;
        let world = script.world();
        prop_assert_eq!(by_group(&world.staged), by_group(&world.topic));
        prop_assert_eq!(summary.connections as usize, world.closes);
    }

    /// Whenever the pull ends: each group has been staged up to some message without a gap, and
    /// exactly the messages that the queue reported as accepted are acknowledged.
    #[test]
    fn the_end_leaves_nothing_half_done(world in worlds(), after in 1usize..150) {
        let unbroken = World {
            steps: world.steps.into_iter().filter(|step| *step != Step::Break).collect(),
            acknowledging: [].into(),
            ..world
        };
        let script = Script::new(unbroken);
        let summary = script.pull(&brisk(), |world| world.staged.len() >= after.min(world.topic.len())).summary;
        let world = script.world();
        let topic = by_group(&world.topic);
        for (group, staged) in by_group(&world.staged) {
            prop_assert!(topic[group].starts_with(&staged), "{}: {:?}", group, staged);
        }
        prop_assert_eq!(summary.acknowledged, summary.staged);
        prop_assert_eq!(world.acknowledged.len() as u64, summary.staged);
        prop_assert_eq!(world.closes, 1);
    }
}
