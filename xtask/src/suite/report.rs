use anyhow::{Result, ensure};

use super::Outcome;
use crate::tally::Tally;

/// Counts tests that belong to no test program, and prints their results.
#[derive(Default)]
pub(super) struct Report(Outcome);

impl Report {
    /// Adds a test that fails if there are problems, and prints one problem on a line.
    pub(super) fn none(&mut self, test: &str, problems: Result<Vec<String>>) {
        let result = problems.and_then(|problems| {
            ensure!(problems.is_empty(), "{}", problems.join("\n"));
            Ok(())
        });
        match result {
            Ok(()) => {
                println!("test {test} ... ok");
                self.0.tally.passed += 1;
            }
            Err(error) => {
                println!("test {test} ... FAILED\n{error:#}");
                self.0.tally += Tally::FAILURE;
                if self.0.remark.is_empty() {
                    self.0.remark = format!("failed: {test}");
                }
            }
        }
    }

    /// The outcome of the suite.
    pub(super) fn outcome(self) -> Outcome {
        self.0
    }
}
