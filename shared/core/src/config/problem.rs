//! A problem of a document, and its place.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A key such as `sources.meters.tokens`, or a place in the text.
    pub place: String,
    /// What is wrong, and what would be right. The message never contains a secret.
    pub message: String,
    /// The line in the documents, if it is known.
    pub location: Option<Location>,
}

/// A line of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The number of the document among those that were given, from 0.
    pub document: usize,
    /// The number of the line, from 1.
    pub line: usize,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Problem {
            place: place.into(),
            message: message.into(),
            location: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match self.location {
            Some(Location { line, .. }) => write!(f, " (line {line})"),
            None => Ok(()),
        }
    }
}

/// All problems, printed one per line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Changes each problem.
    pub(super) fn map(&mut self, change: impl Fn(Problem) -> Problem) {
        self.0 = std::mem::take(&mut self.0)
            .into_iter()
            .map(change)
            .collect();
    }

    /// Whether there is no problem.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// All problems on one line, for a log.
    pub fn on_one_line(&self) -> String {
        self.to_string().replace('\n', "; ")
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Problems(problems.into_iter().collect())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub Problems);

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        ConfigError(problem.into())
    }
}
