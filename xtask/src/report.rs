//! The table of suites with which `cargo xtask test` ends.

use std::fmt;

use crate::suite::Suite;
use crate::tally::Tally;

/// One suite in the table.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) tally: Tally,
    pub(crate) seconds: f64,
    /// The most important remark, in one line.
    pub(crate) remark: String,
}

impl Row {
    /// Reads the printed row of a suite. Any other line gives `None`.
    pub(crate) fn read(suite: &'static Suite, line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let is_of_suite = words.next() == Some(suite.name);
        let mut count = || words.next()?.parse().ok();
        let tally = Tally {
            passed: count()?,
            failed: count()?,
            skipped: count()?,
        };
        let seconds = words.next()?.parse().ok()?;
        is_of_suite.then(|| Row {
            name: suite.name,
            tally,
            seconds,
            remark: words.collect::<Vec<_>>().join(" "),
        })
    }

    /// Prints the table and the line of the sums, which it returns.
    pub(crate) fn print_all(rows: &[Self]) -> Tally {
        let mut sum = Tally::default();
        println!(
            "\n{:<16} {:>7} {:>7} {:>8} {:>9}",
            "suite", "passed", "failed", "skipped", "seconds"
        );
        for row in rows {
            println!("{row}");
            sum += row.tally;
        }
        println!("{sum}");
        sum
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            passed,
            failed,
            skipped,
        } = self.tally;
        write!(
            f,
            "{:<16} {passed:>7} {failed:>7} {skipped:>8} {:>9.1}  {}",
            self.name, self.seconds, self.remark
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::ALL;

    #[test]
    fn a_printed_row_is_read_and_no_other_line_is() {
        for (suite, other) in ALL.iter().zip(ALL.iter().skip(1)) {
            let row = Row {
                name: suite.name,
                tally: Tally {
                    passed: 12,
                    failed: 3,
                    skipped: 1,
                },
                seconds: 71.5,
                remark: "failed: one of them".into(),
            };
            let line = row.to_string();
            assert_eq!(Row::read(suite, &line), Some(row));
            assert_eq!(Row::read(other, &line), None);
            for line in ["", suite.name, "12 passed, 3 failed", suite.about] {
                assert_eq!(Row::read(suite, line), None, "{line}");
            }
        }
    }
}
