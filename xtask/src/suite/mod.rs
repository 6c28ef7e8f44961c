//! The test suites, one in each file. A suite is a value: to add a suite, add a file and a line in
//! [`ALL`].

mod cargo_test;
mod documents;
mod e2e;
mod fuzz;
mod kafka;
mod lambda;
mod ministack;
mod pulsar;
mod readme;
mod report;
mod secrets;
mod sqs_conformance;
mod template;
mod tools;
mod unit;

use crate::tally::Tally;
use crate::workspace::Workspace;

/// Every suite, in the order in which they run: the fastest suites come first.
pub(crate) const ALL: &[Suite] = &[
    unit::SUITE,
    documents::SUITE,
    tools::SUITE,
    sqs_conformance::SUITE,
    template::SUITE,
    e2e::SUITE,
    pulsar::SUITE,
    kafka::SUITE,
    readme::SUITE,
    fuzz::SUITE,
    lambda::SUITE,
    ministack::SUITE,
];

/// A named set of tests.
pub(crate) struct Suite {
    /// The name of the suite on the command line.
    pub(crate) name: &'static str,
    /// A description of the suite, in one line.
    pub(crate) about: &'static str,
    /// Whether its tests start programs of this workspace, which are then built first.
    pub(crate) needs_binaries: bool,
    /// The function that runs the suite.
    pub(crate) run: fn(&Workspace) -> Result<Outcome, Failure>,
}

/// The results of a suite's tests.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The sums over the suite's test programs.
    pub(crate) tally: Tally,
    /// A remark for the caller; empty if there is none.
    pub(crate) remark: String,
    /// The tool that this machine lacks, because of which a part of the suite did not run.
    pub(crate) missing: Option<String>,
}

/// Why a suite has no results.
pub(crate) enum Failure {
    /// This machine lacks a tool that the suite needs; the text names it.
    MissingTool(String),
    /// Any other error.
    Other(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}
