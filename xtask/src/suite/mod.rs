//! The test suites, one a file. A suite is a value: adding one is adding a file and a line in
//! [`ALL`].

mod cargo_test;
mod documents;
mod e2e;
mod kafka;
mod lambda;
mod ministack;
mod pulsar;
mod readme;
mod report;
mod sqs_conformance;
mod template;
mod tools;
mod unit;

use crate::tally::Tally;
use crate::workspace::Workspace;

/// Every suite, in the order in which they run: the quickest to tell something first.
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
    lambda::SUITE,
    ministack::SUITE,
];

/// A named set of tests.
pub(crate) struct Suite {
    /// What one types to run it.
    pub(crate) name: &'static str,
    /// What it tests, in one line.
    pub(crate) about: &'static str,
    /// Whether its tests start programs of this workspace, which are then built beforehand.
    pub(crate) needs_binaries: bool,
    /// Runs it.
    pub(crate) run: fn(&Workspace) -> Result<Outcome, Failure>,
}

/// What the tests of a suite reported.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The sums over its test programs.
    pub(crate) tally: Tally,
    /// What else its caller should know; empty for nothing.
    pub(crate) remark: String,
    /// Which tool this machine lacks, so that a part of the suite did not run.
    pub(crate) missing: Option<String>,
}

/// Why a suite did not get as far as a report.
pub(crate) enum Failure {
    /// This machine lacks a tool that the suite needs: it says which.
    MissingTool(String),
    /// Anything else.
    Other(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}
