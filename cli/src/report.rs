//! The findings, and how they are printed.

use std::fmt;

/// A problem, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The problem, as a sentence.
    pub(crate) what: String,
    /// The advice, as one sentence or several.
    pub(crate) advice: String,
}

/// The outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The result is as it should be; the text describes it.
    Well(String),
    /// The result is not as it should be: one problem or several.
    Wrong(Vec<Problem>),
    /// The attempt was not made, because another finding replaces it or it was not asked for.
    Skipped(String),
    /// Nothing was tried with a source; the text says why.
    Untried(String),
}

/// The outcomes of the attempts on one source, each with its title.
pub(crate) type Findings = Vec<(String, Outcome)>;

/// All attempts, in order. Its `Display` is the output of `check`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    findings: Vec<(String, Outcome)>,
}

// === impl Problem ===

impl Problem {
    pub(crate) fn new(what: impl Into<String>, advice: impl Into<String>) -> Problem {
        Problem {
            what: what.into(),
            advice: advice.into(),
        }
    }
}

// === impl Report ===

impl Report {
    /// Adds the outcome of one attempt.
    pub(crate) fn add(&mut self, tried: impl Into<String>, outcome: Outcome) {
        self.findings.push((tried.into(), outcome));
    }

    /// Whether at least one attempt was made, and there is no problem.
    pub(crate) fn is_clean(&self) -> bool {
        self.problem_count() == 0 && !self.is_untried()
    }

    /// Whether no attempt was made.
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
            0 if untried > 0 => "No problems with the sources that were tried.".to_owned(),
            0 => "No problems.".to_owned(),
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

/// A part of a text from elsewhere, for a finding: short, printable, on one line.
pub(crate) fn excerpt(body: &[u8]) -> String {
    const CHARACTERS: usize = 60;
    let text = String::from_utf8_lossy(body);
    let mut shown: String = text
        .chars()
        .take(CHARACTERS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(CHARACTERS).is_some() {
        shown.push_str("...");
    }
    shown
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
            (vec![well()], true, "No problems."),
            (
                vec![untried()],
                false,
                "Nothing was tried. 1 source was not tried.",
            ),
            (
                vec![well(), untried()],
                true,
                "No problems with the sources that were tried. 1 source was not tried.",
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
