//! Findings, and how they are printed.

use std::fmt;

/// Something that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, as a sentence.
    pub what: String,
    /// What to do, as a sentence or more.
    pub advice: String,
}

/// What came of one thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
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
pub struct Report {
    findings: Vec<(String, Outcome)>,
}

// === impl Problem ===

impl Problem {
    /// A problem.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Problem {
        Problem {
            what: what.into(),
            advice: advice.into(),
        }
    }
}

// === impl Report ===

impl Report {
    /// Adds what came of one thing.
    pub fn add(&mut self, tried: impl Into<String>, outcome: Outcome) {
        self.findings.push((tried.into(), outcome));
    }

    /// Whether every source was tried, and nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.problem_count() == 0 && self.untried_count() == 0
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
        let untried = match self.untried_count() {
            0 => None,
            1 => Some("1 source was not tried.".to_owned()),
            count => Some(format!("{count} sources were not tried.")),
        };
        let problems = match self.problem_count() {
            0 if untried.is_some() => None,
            0 => Some("All is well.".to_owned()),
            1 => Some("1 problem.".to_owned()),
            count => Some(format!("{count} problems.")),
        };
        let lines: Vec<String> = problems.into_iter().chain(untried).collect();
        writeln!(f, "{}", lines.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_printed_with_what_to_do_and_counted() {
        let mut report = Report::default();
        assert_eq!(report.to_string(), "All is well.\n");
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
    fn what_was_not_tried_is_not_well() {
        let untried = || Outcome::Untried("it is elsewhere".to_owned());
        let mut report = Report::default();
        report.add("a", Outcome::Well("fine".to_owned()));
        report.add("b", untried());
        assert!(!report.is_clean());
        let lines = "ok       a: fine\nuntried  b: it is elsewhere\n";
        let text = report.to_string();
        assert_eq!(text, format!("{lines}1 source was not tried.\n"));
        report.add("c", untried());
        let problem = Problem::new("It is red.", "Paint it.");
        report.add("d", Outcome::Wrong(vec![problem]));
        let text = report.to_string();
        let last = "\n1 problem. 2 sources were not tried.\n";
        assert!(text.ends_with(last), "{text}");
    }
}
