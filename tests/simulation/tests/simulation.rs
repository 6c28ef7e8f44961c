//! Seeds of the fault model, and the mistakes that it has to see.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use simulation::planted::Planted;
use simulation::soak::{checked, explained, soak};
use simulation::{Plan, run};

/// How many seeds every run of the tests has.
const SEEDS: u64 = 200;

/// The first of them: those below find the planted mistakes.
const FIRST: u64 = 1_000;

#[test]
fn nothing_is_lost_reordered_or_forged() {
    let figures = soak(FIRST..FIRST + SEEDS, |_, _| {});
    println!("{figures}");
    if let Some((seed, _)) = figures.failures.first() {
        let plan = Plan::of(*seed);
        panic!("{}", explained(&plan, &checked(&plan)));
    }
}

#[test]
fn without_faults_every_message_comes_out_and_the_counters_are_equal() {
    for seed in 0..5 {
        let plan = Plan {
            is_calm: true,
            ..Plan::of(seed)
        };
        let outcome = run(&plan).unwrap();
        assert_eq!(outcome.problems, Vec::<String>::new(), "seed {seed}");
        assert_eq!(outcome.acknowledged, plan.messages, "seed {seed}");
    }
}

#[test]
fn two_runs_of_a_seed_are_equal() {
    for seed in FIRST..FIRST + 8 {
        let [one, other] = [(); 2].map(|()| run(&Plan::of(seed)).unwrap());
        let differs = one
            .trace
            .iter()
            .zip(&other.trace)
            .find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(one.trace.len(), other.trace.len(), "seed {seed}");
    }
}

/// Each mistake, and a seed that finds it.
const FOUND: [(Planted, u64); 25] = [
    (Planted::AcceptsInHaste, 0),
    (Planted::AcceptsFailures, 0),
    (Planted::StagesLater, 0),
    (Planted::TransientIsDone, 0),
    (Planted::PermanentIsDone, 1),
    (Planted::ForwardsInHaste, 0),
    (Planted::QuarantineIsDone, 0),
    (Planted::ReportsNothing, 0),
    (Planted::DeletesForHiding, 0),
    (Planted::AcknowledgesOnDelivery, 11),
    (Planted::PullStagesFailures, 6),
    (Planted::GroupOfItsOwn, 0),
    (Planted::KeepsNoOrder, 0),
    (Planted::HandsBackOne, 0),
    (Planted::ReversesEvents, 0),
    (Planted::EventGroupOfItsOwn, 0),
    (Planted::PullGroupOfItsOwn, 6),
    (Planted::FreshIds, 0),
    (Planted::IdOfTheDevice, 0),
    (Planted::EventIdWithoutNumber, 0),
    (Planted::FreshEventIds, 0),
    (Planted::ShiftingNumbers, 0),
    (Planted::FirstEventOnly, 0),
    (Planted::TransientIsPermanent, 0),
    (Planted::PermanentIsTransient, 1),
];

#[test]
fn planted_mistakes_are_seen() {
    for (mistake, seed) in FOUND {
        let outcome = checked(&Plan::of(seed).with(mistake));
        assert!(!outcome.problems.is_empty(), "{mistake:?} by seed {seed}");
        let without = checked(&Plan::of(seed));
        assert_eq!(without.problems, Vec::<String>::new(), "seed {seed}");
    }
}
