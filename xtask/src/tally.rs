use std::ops::AddAssign;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// One failure that no test reported: a build that failed, or a missing tool.
    pub(crate) const FAILURE: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };

    /// One skipped suite.
    pub(crate) const SKIP: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// Reads the last line of a test program, as libtest prints it: `test result: ok. 3 passed; 0
    /// failed; 1 ignored; 0 measured; 0 filtered out; ...`. Any other line gives `None`.
    pub(crate) fn from_closing_line(line: &str) -> Option<Self> {
        let counts = line.trim().strip_prefix("test result: ")?;
        let (_verdict, counts) = counts.split_once(". ")?;
        let count_of = |word: &str| {
            counts.split(';').find_map(|part| {
                let (number, name) = part.trim().split_once(' ')?;
                (name == word).then(|| number.parse().ok())?
            })
        };
        Some(Self {
            passed: count_of("passed")?,
            failed: count_of("failed")?,
            skipped: count_of("ignored").unwrap_or(0),
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_other_lines_are_not() {
        let cases = [
            (
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s",
                Some((12, 0, 1)),
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                Some((3, 2, 0)),
            ),
            ("test result: ok. 7 passed; 0 failed", Some((7, 0, 0))),
            ("test result: ok.", None),
            ("test tally::tests::a ... ok", None),
            ("running 4 tests", None),
            ("12 passed; 0 failed", None),
            ("", None),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(passed, failed, skipped)| Tally {
                passed,
                failed,
                skipped,
            });
            assert_eq!(Tally::from_closing_line(line), expected, "{line}");
        }
    }

    #[test]
    fn skipped_tests_are_named_only_when_there_are_any() {
        let mut sum = Tally::default();
        sum += Tally {
            passed: 5,
            failed: 0,
            skipped: 0,
        };
        assert_eq!(sum.to_string(), "5 passed, 0 failed");
        sum += Tally::FAILURE;
        sum += Tally::SKIP;
        assert_eq!(sum.to_string(), "5 passed, 1 failed, 1 skipped");
    }
}
