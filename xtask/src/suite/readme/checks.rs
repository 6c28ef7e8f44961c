use anyhow::Result;

use crate::suite::Outcome;
use crate::tally::Tally;

/// What came of the checks until now; every one is told as it ends.
#[derive(Default)]
pub(super) struct Checks {
    tally: Tally,
    remark: String,
}

impl Checks {
    /// Makes a check; its result, unless it fails.
    pub(super) fn check<T>(&mut self, what: &str, check: impl FnOnce() -> Result<T>) -> Option<T> {
        match check() {
            Ok(result) => {
                println!("{what} ... ok");
                self.tally.passed += 1;
                Some(result)
            }
            Err(error) => {
                println!("{what} ... FAILED\n{error:#}");
                self.tally.failed += 1;
                if self.remark.is_empty() {
                    self.remark = format!("failed: {what}");
                }
                None
            }
        }
    }

    /// The sums.
    pub(super) fn outcome(self) -> Outcome {
        Outcome {
            tally: self.tally,
            remark: self.remark,
            ..Outcome::default()
        }
    }
}
