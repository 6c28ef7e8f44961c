//! The sources and targets that are wrong, which are out of use alone.

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

/// What is out of use, and why.
#[derive(Debug, Clone, Default)]
pub struct Broken {
    /// Sources: their messages wait where they are.
    pub sources: BTreeMap<SourceName, BrokenSource>,
    /// Targets by name: no message is done without them.
    pub targets: BTreeMap<String, Problems>,
    /// What belongs to no source and no target: unknown keys, and names that no source can have.
    pub rest: Problems,
}

/// A source with a problem.
#[derive(Debug, Clone)]
pub struct BrokenSource {
    /// By which way its messages come; HTTP where the settings do not say.
    pub channel: Channel,
    /// What is wrong.
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
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.targets.is_empty() && self.rest.is_empty()
    }

    /// Everything that is wrong: sources, targets, the rest. A problem of several sources is there
    /// once.
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

    /// Finds out where in the documents the problems are.
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
