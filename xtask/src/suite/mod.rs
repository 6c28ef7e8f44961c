//! The test suites, one in each file. A suite is a value: to add a suite, add a file and a line in
//! [`ALL`].

mod browser;
mod cargo_test;
mod documents;
mod e2e;
mod fuzz;
mod kafka;
mod lambda;
mod ministack;
mod outcome;
mod pulsar;
mod readme;
mod report;
mod secrets;
mod simulation;
mod sqs_comparison;
mod sqs_conformance;
mod template;
mod tools;
mod unit;

pub(crate) use outcome::{Outcome, Suite};

/// Every suite, in the order in which they run: the fastest suites come first.
pub(crate) const ALL: &[Suite] = &[
    unit::SUITE,
    documents::SUITE,
    tools::SUITE,
    sqs_conformance::SUITE,
    simulation::SUITE,
    template::SUITE,
    e2e::SUITE,
    browser::SUITE,
    pulsar::SUITE,
    kafka::SUITE,
    readme::SUITE,
    fuzz::SUITE,
    lambda::SUITE,
    sqs_comparison::SUITE,
    ministack::SUITE,
];
