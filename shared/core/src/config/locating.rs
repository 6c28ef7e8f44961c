//! Finds the lines of problems in the documents.

use super::{
    document::Document,
    problem::{Location, Problem, Problems},
};

/// Adds to a problem the line of its place. A missing key gets the line of its table.
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

/// Adds to each problem its line.
pub(super) fn locate_all(problems: &mut Problems, documents: &[Document]) {
    problems.map(|problem| locate(problem, documents));
}
