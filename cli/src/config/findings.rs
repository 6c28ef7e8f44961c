//! Problems and warnings, and how they are printed.

use std::fmt;
use thingrelay_core::config::Problem;

/// The findings, in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    advice: Vec<String>,
}

impl Findings {
    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds a warning about a setting that works and may not be intended.
    pub(crate) fn warning(&mut self, warning: Problem) {
        self.warnings.push(warning);
    }

    /// Adds advice that concerns several problems.
    pub(crate) fn advice(&mut self, advice: impl Into<String>) {
        self.advice.push(advice.into());
    }

    /// Whether there are any problems.
    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "problem  {}", Line(&problem.to_string()))?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning  {}", Line(&warning.to_string()))?;
        }
        for advice in &self.advice {
            writeln!(f, "         -> {}", Line(advice))?;
        }
        match self.problems.len() {
            0 => writeln!(f, "No problems."),
            1 => writeln!(f, "1 problem."),
            count => writeln!(f, "{count} problems."),
        }
    }
}

/// Text on one line. Control characters are escaped: a name in a document may hold any.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_stands_on_a_line_of_its_own() {
        let mut findings = Findings::default();
        assert_eq!(findings.to_string(), "No problems.\n");
        findings.warning(Problem::new("a", "may be meant"));
        assert!(!findings.has_problems());
        findings.problem(Problem::new("b\n\u{1b}[2J", "is red"));
        findings.advice("Paint it.");
        assert!(findings.has_problems());
        assert_eq!(
            findings.to_string(),
            "problem  b\\n\\u{1b}[2J: is red\nwarning  a: may be meant\n         -> Paint it.\n1 problem.\n"
        );
    }
}
