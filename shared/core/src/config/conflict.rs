//! Refuses sources that share a token, or a subscription that they pull.
//!
//! Nobody can tell which of the two sources has it by mistake, so all sources that share it are
//! refused.

use super::{Broken, Problem, ReadSource};
use crate::{signature::Token, source::SourceName};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A problem that several sources share.
struct Conflict<'a> {
    sources: Vec<&'a SourceName>,
    problem: Problem,
}

/// The place of a token.
#[derive(Clone, Copy)]
struct Place<'a> {
    source: &'a SourceName,
    index: usize,
    token: &'a Token,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sources.{}.tokens[{}]", self.source, self.index)
    }
}

/// Finds the sources that share a token or a subscription, each with its problem.
pub(super) fn find<S: ReadSource>(
    sources: &BTreeMap<SourceName, S>,
    broken: &Broken,
) -> Vec<(SourceName, Problem)> {
    let mut found = Vec::new();
    for Conflict {
        sources: names,
        problem,
    } in tokens(sources, broken)
        .into_iter()
        .chain(subscriptions(sources))
    {
        let names = BTreeSet::from_iter(names);
        found.extend(
            names
                .into_iter()
                .map(|name| (name.clone(), problem.clone())),
        );
    }
    found
}

/// Finds tokens that are the same, or that begin or end with one another.
///
/// If two tokens overlap, a request signed with one could be split into a request signed with the
/// other. A sender who knows a shared token can sign for each source that has it.
fn tokens<'a, S: ReadSource>(
    sources: &'a BTreeMap<SourceName, S>,
    broken: &'a Broken,
) -> Vec<Conflict<'a>> {
    let right = sources.values();
    let right = right.map(|source| (source.name(), source.tokens()));
    let wrong = broken.sources.iter();
    let wrong = wrong.map(|(name, source)| (name, source.tokens.as_slice()));
    let mut places: Vec<Place<'_>> = right
        .chain(wrong)
        .flat_map(|(source, tokens)| {
            let place = move |(index, token)| Place {
                source,
                index,
                token,
            };
            tokens.iter().enumerate().map(place)
        })
        .collect();
    places.sort_by_key(|place| (place.source, place.index));

    let mut different: Vec<Vec<Place<'_>>> = Vec::new();
    for place in places {
        let is_same = |group: &&mut Vec<Place<'_>>| {
            group
                .first()
                .is_some_and(|one| one.token.is_same(place.token))
        };
        match different.iter_mut().find(is_same) {
            Some(group) => group.push(place),
            None => different.push(vec![place]),
        }
    }
    let mut conflicts = Vec::new();
    for (position, group) in different.iter().enumerate() {
        let [one, others @ ..] = group.as_slice() else {
            continue;
        };
        if !others.is_empty() {
            conflicts.push(Conflict {
                sources: group.iter().map(|place| place.source).collect(),
                problem: Problem::new(
                    one.to_string(),
                    format!(
                        "is the same as {}: every source needs its own tokens",
                        listed(others)
                    ),
                ),
            });
        }
        for group in different.iter().skip(position + 1) {
            let overlapping = group.iter().filter(|other| other.token.overlaps(one.token));
            let Some(other) = overlapping.clone().next() else {
                continue;
            };
            let sources = overlapping.chain([one]).chain(others);
            conflicts.push(Conflict {
                sources: sources.map(|place| place.source).collect(),
                problem: Problem::new(
                    other.to_string(),
                    format!("is a prefix or suffix of {one}, or the other way round"),
                ),
            });
        }
    }
    conflicts
}

/// Finds sources that would consume one subscription of Tuya's message service: each would get a
/// part of the messages, and a device's messages would lose their order.
fn subscriptions<S: ReadSource>(sources: &BTreeMap<SourceName, S>) -> Vec<Conflict<'_>> {
    let mut pulled: BTreeMap<String, Vec<&SourceName>> = BTreeMap::new();
    for source in sources.values() {
        for url in source.subscriptions() {
            pulled.entry(url).or_default().push(source.name());
        }
    }
    let mut conflicts: Vec<Conflict<'_>> = Vec::new();
    for sources in pulled.into_values() {
        let [one, others @ ..] = sources.as_slice() else {
            continue;
        };
        // Two sources that share their events may also share the notices.
        let is_known = conflicts.iter().any(|other| other.sources == sources);
        if others.is_empty() || is_known {
            continue;
        }
        let places: Vec<String> = others
            .iter()
            .map(|name| format!("sources.{name}.access_id"))
            .collect();
        let message = format!(
            "is the same as {}, with the same topic: each source would get a part of the messages, so keep one of them",
            listed(&places)
        );
        conflicts.push(Conflict {
            problem: Problem::new(format!("sources.{one}.access_id"), message),
            sources,
        });
    }
    conflicts
}

/// "a", "a and b", "a, b and c".
fn listed(items: &[impl fmt::Display]) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        text += match index {
            0 => "",
            _ if index + 1 == items.len() => " and ",
            _ => ", ",
        };
        text += &item.to_string();
    }
    text
}

#[cfg(test)]
mod tests;
