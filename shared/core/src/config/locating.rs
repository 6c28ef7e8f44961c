//! The lines of problems in the documents.

use super::{
    document::Document,
    problem::{Location, Problem, Problems},
};

/// The problem with the line of its place. What is missing is where its table is.
pub fn locate(problem: Problem, documents: &[Document]) -> Problem {
    let mut place = problem.place.as_str();
    let location = loop {
        let mut lines = documents
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(document, one)| {
                let line = one.line(place)?;
                Some(Location { document, line })
            });
        if let Some(location) = lines.next() {
            break Some(location);
        }
        let table = place.rfind(['.', '[']).and_then(|end| place.get(..end));
        match table.filter(|table| table.contains('.')) {
            Some(table) => place = table,
            None => break None,
        }
    };
    Problem {
        location,
        ..problem
    }
}

/// The same for each problem.
pub(super) fn locate_all(problems: &mut Problems, documents: &[Document]) {
    problems.map(|problem| locate(problem, documents));
}
