//! A suite, and the results of its tests.

use std::ops::AddAssign;

use anyhow::Result;

use crate::tally::Tally;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// What a suite needs that cargo builds. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needs {
    /// Its tests, which it builds itself.
    Nothing,
    /// The programs of this workspace.
    Programs,
    /// The command with the client for CKafka.
    Client,
}

/// A named set of tests.
pub(crate) struct Suite {
    /// The name of the suite on the command line.
    pub(crate) name: &'static str,
    /// A description of the suite, in one line.
    pub(crate) about: &'static str,
    /// What is built before it.
    pub(crate) needs: Needs,
    /// The function that runs the suite.
    pub(crate) run: fn(&Workspace) -> Result<Outcome, TaskError>,
}

/// The results of a suite's tests.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The sums over the suite's test programs.
    pub(crate) tally: Tally,
    /// Remarks for the caller; the first one is the most important.
    pub(crate) remarks: Vec<String>,
    /// The tools that this machine lacks, because of which parts of the suite did not run.
    pub(crate) missing: Vec<String>,
}

impl Outcome {
    /// One failure that no test program reported: a build that failed, a crash.
    pub(crate) fn failed(remark: impl Into<String>) -> Self {
        Self {
            tally: Tally::FAILURE,
            remarks: vec![remark.into()],
            missing: Vec::new(),
        }
    }

    /// Adds a test that belongs to no test program, and prints its result.
    pub(super) fn test(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => {
                println!("test {name} ... ok");
                self.tally.passed += 1;
            }
            Err(error) => {
                println!("test {name} ... FAILED\n{error:#}");
                *self += Self::failed(format!("failed: {name}"));
            }
        }
    }
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.tally += other.tally;
        self.remarks.extend(other.remarks);
        self.missing.extend(other.missing);
    }
}
