//! A suite, and the results of its tests.

use crate::tally::Tally;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// A named set of tests.
pub(crate) struct Suite {
    /// The name of the suite on the command line.
    pub(crate) name: &'static str,
    /// A description of the suite, in one line.
    pub(crate) about: &'static str,
    /// Whether its tests start programs of this workspace, which are then built first.
    pub(crate) needs_binaries: bool,
    /// The function that runs the suite.
    pub(crate) run: fn(&Workspace) -> Result<Outcome, TaskError>,
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
