//! Findings, and how they are printed.

use std::fmt;

/// Something that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What is wrong, as a sentence.
    pub(crate) what: String,
    /// What to do, as a sentence or more.
    pub(crate) advice: String,
}

/// What came of one thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should be; how it was.
    Well(String),
    /// Not as it should be: one problem or more.
    Wrong(Vec<Problem>),
    /// Not tried, and why: what else was found makes up for it, or it was not asked for.
    Skipped(String),
    /// A source of which nothing was tried, and why.
    Untried(String),
}

/// Everything that was tried, in order. Its `Display` is what `check` prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    findings: Vec<(String, Outcome)>,
}

// === impl Problem ===

impl Problem {
    /// A problem.
    pub(crate) fn new(what: impl Into<String>, advice: impl Into<String>) -> Problem {
        Problem {
            what: what.into(),
            advice: advice.into(),
        }
    }
}

// === impl Report ===

impl Report {
    /// Adds what came of one thing.
    pub(crate) fn add(&mut self, tried: impl Into<String>, outcome: Outcome) {
        self.findings.push((tried.into(), outcome));
    }

    /// Whether something was tried, and nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.problem_count() == 0 && !self.is_untried()
    }

    /// Whether nothing was tried.
    fn is_untried(&self) -> bool {
        self.untried_count() == self.findings.len()
    }

    fn problem_count(&self) -> usize {
        self.findings
            .iter()
            .map(|(_, outcome)| match outcome {
                Outcome::Wrong(problems) => problems.len(),
                Outcome::Well(_) | Outcome::Skipped(_) | Outcome::Untried(_) => 0,
            })
            .sum()
    }

    fn untried_count(&self) -> usize {
        let outcomes = self.findings.iter().map(|(_, outcome)| outcome);
        outcomes
            .filter(|outcome| matches!(outcome, Outcome::Untried(_)))
            .count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (tried, outcome) in &self.findings {
            match outcome {
                Outcome::Well(how) => writeln!(f, "ok       {tried}: {how}")?,
                Outcome::Skipped(why) => writeln!(f, "skipped  {tried}: {why}")?,
                Outcome::Untried(why) => writeln!(f, "untried  {tried}: {why}")?,
                Outcome::Wrong(problems) => {
                    for Problem { what, advice } in problems {
                        writeln!(f, "problem  {tried}: {what}")?;
                        writeln!(f, "         -> {advice}")?;
                    }
                }
            }
        }
        let problems = self.problem_count();
        let untried = self.untried_count();
        let mut sentences = vec![match problems {
            0 if self.is_untried() => "Nothing was tried.".to_owned(),
            0 if untried > 0 => "All that was tried is well.".to_owned(),
            0 => "All is well.".to_owned(),
            1 => "1 problem.".to_owned(),
            _ => format!("{problems} problems."),
        }];
        match untried {
            0 => {}
            1 => sentences.push("1 source was not tried.".to_owned()),
            _ => sentences.push(format!("{untried} sources were not tried.")),
        }
        writeln!(f, "{}", sentences.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_printed_with_what_to_do_and_counted() {
        let mut report = Report::default();
        report.add("a", Outcome::Well("fine".to_owned()));
        report.add("b", Outcome::Skipped("a is enough".to_owned()));
        assert!(report.is_clean());
        report.add(
            "c",
            Outcome::Wrong(vec![Problem::new("It is red.", "Paint it.")]),
        );
        assert!(!report.is_clean());
        let lines = [
            "ok       a: fine",
            "skipped  b: a is enough",
            "problem  c: It is red.",
            "         -> Paint it.",
            "1 problem.",
        ];
        assert_eq!(report.to_string(), lines.join("\n") + "\n");
    }

    #[test]
    fn sources_that_were_not_tried_are_counted_and_do_not_count_as_well() {
        let untried = || Outcome::Untried("it is elsewhere".to_owned());
        let well = || Outcome::Well("fine".to_owned());
        let wrong = || Outcome::Wrong(vec![Problem::new("It is red.", "Paint it.")]);
        let cases = [
            (vec![well()], true, "All is well."),
            (
                vec![untried()],
                false,
                "Nothing was tried. 1 source was not tried.",
            ),
            (
                vec![well(), untried()],
                true,
                "All that was tried is well. 1 source was not tried.",
            ),
            (
                vec![untried(), wrong(), untried(), well()],
                false,
                "1 problem. 2 sources were not tried.",
            ),
        ];
        for (outcomes, is_clean, last) in cases {
            let mut report = Report::default();
            for outcome in outcomes {
                report.add("a", outcome);
            }
            assert_eq!(report.is_clean(), is_clean, "{report}");
            assert_eq!(report.to_string().lines().last(), Some(last));
        }
    }
}
