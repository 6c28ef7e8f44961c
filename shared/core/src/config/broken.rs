//! The sources and targets that have problems and are out of use; the others work on.

use super::{
    document::Document,
    locating::locate_all,
    problem::{Problem, Problems},
};
use crate::{
    signature::Token,
    source::{Channel, SourceName},
};
use std::collections::BTreeMap;

/// The sources and targets that are out of use, and why.
#[derive(Debug, Clone, Default)]
pub struct Broken {
    /// The sources that are out of use. Their messages wait where they are.
    pub sources: BTreeMap<SourceName, BrokenSource>,
    /// The targets that are out of use, by name. No message is done without them.
    pub targets: BTreeMap<String, Problems>,
    /// The problems of no source and no target: unknown keys, and names that no source can have.
    pub rest: Problems,
}

/// A source with a problem.
#[derive(Debug, Clone)]
pub struct BrokenSource {
    /// The channel by which the source's messages come. HTTP if the settings do not say.
    pub channel: Channel,
    pub problems: Problems,
    pub(super) tokens: Vec<Token>,
}

impl From<Problem> for BrokenSource {
    fn from(problem: Problem) -> Self {
        BrokenSource {
            channel: Channel::Http,
            problems: problem.into(),
            tokens: Vec::new(),
        }
    }
}

impl Broken {
    /// Whether there is no problem.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.targets.is_empty() && self.rest.is_empty()
    }

    /// All problems: those of the sources, of the targets, and the rest. A problem that several
    /// sources share is listed once.
    pub fn problems(&self) -> Problems {
        let sources = self.sources.values().map(|source| &source.problems);
        let all = sources.chain(self.targets.values()).chain([&self.rest]);
        let mut different: Vec<&Problem> = Vec::new();
        for problem in all.flat_map(Problems::iter) {
            if !different.contains(&problem) {
                different.push(problem);
            }
        }
        different.into_iter().cloned().collect()
    }

    /// Finds the line of each problem in the documents.
    pub(super) fn locate(&mut self, documents: &[Document]) {
        for source in self.sources.values_mut() {
            locate_all(&mut source.problems, documents);
        }
        for problems in self.targets.values_mut() {
            locate_all(problems, documents);
        }
        locate_all(&mut self.rest, documents);
    }
}
