//! Seeds of the fault model, and the mistakes that it has to see.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::collections::BTreeSet;

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
    // The last ones have a webhook.
    for seed in (FIRST..FIRST + 8).chain([2, 12, 18, 40]) {
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
const FOUND: [(Planted, u64); 41] = [
    (Planted::AcceptsInHaste, 4),
    (Planted::AcceptsFailures, 1),
    (Planted::StagesLater, 1),
    (Planted::TransientIsDone, 0),
    (Planted::PermanentIsDone, 4),
    (Planted::ForwardsInHaste, 2),
    (Planted::QuarantineIsDone, 2),
    (Planted::ReportsNothing, 0),
    (Planted::DeletesForHiding, 0),
    (Planted::AcknowledgesOnDelivery, 5),
    (Planted::PullStagesFailures, 5),
    (Planted::AcknowledgesUpTo, 87),
    (Planted::TopicsFailuresAreDone, 16),
    (Planted::BusFailuresAreDone, 31),
    (Planted::MixesUpResultsOfBus, 50),
    (Planted::GroupOfItsOwn, 0),
    (Planted::KeepsNoOrder, 2),
    (Planted::HandsBackOne, 2),
    (Planted::ReversesEvents, 2),
    (Planted::EventGroupOfItsOwn, 0),
    (Planted::PullGroupOfItsOwn, 5),
    (Planted::FreshIds, 0),
    (Planted::IdOfTheDevice, 0),
    (Planted::EventIdWithoutNumber, 2),
    (Planted::FreshEventIds, 0),
    (Planted::ShiftingNumbers, 0),
    (Planted::FirstEventOnly, 2),
    (Planted::TransientIsPermanent, 0),
    (Planted::PermanentIsTransient, 4),
    (Planted::RestsNot, 0),
    (Planted::SkipsOnReconnect, 5),
    (Planted::WebhookSkipsFailing, 12),
    (Planted::WebhookFailuresAreDone, 12),
    (Planted::WebhookLosesDeadLetters, 2),
    (Planted::RedriveOfTheSameId, 0),
    (Planted::RedriveFailuresAreDone, 53),
    (Planted::RedriveGroupOfItsOwn, 21),
    (Planted::PassesAll, 0),
    (Planted::FirstFilterOnly, 0),
    (Planted::TakesUnsigned, 0),
    (Planted::TakesStale, 0),
];

#[test]
fn planted_mistakes_are_seen() {
    assert_eq!(FOUND.map(|(mistake, _)| mistake), Planted::ALL);
    for (mistake, seed) in FOUND {
        let outcome = checked(&Plan::of(seed).with(mistake));
        assert!(!outcome.problems.is_empty(), "{mistake:?} by seed {seed}");
    }
    for seed in BTreeSet::from(FOUND.map(|(_, seed)| seed)) {
        let without = checked(&Plan::of(seed));
        assert_eq!(without.problems, Vec::<String>::new(), "seed {seed}");
    }
}
