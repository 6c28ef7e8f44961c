//! The template's list of watched sources, compared with the settings.

use super::findings::Findings;
use std::{collections::BTreeMap, fmt};
use thingrelay_core::{
    config::{Config, Problem, name::nearest},
    source::SourceName,
};

/// The minutes of silence after which the template's alarm rings where the list names none.
pub const DEFAULT_MINUTES: u32 = 15;
/// As many sources as the template can watch.
pub const MOST_SOURCES: usize = 20;
/// The longest silence, in minutes.
const MOST_MINUTES: u32 = 1440;

/// The template's parameter `WatchedSources`: minutes by source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched(BTreeMap<SourceName, u32>);

/// Why a text is no such list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoList {
    /// An entry is neither a name nor a name with minutes.
    #[error(
        "{0:?} is neither NAME nor NAME=MINUTES, with minutes from 1 to {MOST_MINUTES} and no blanks"
    )]
    Entry(String),
    /// A source stands in the list twice.
    #[error("{0} stands there twice")]
    Twice(String),
    /// The template cannot watch as many.
    #[error("{0} sources, and the template watches {MOST_SOURCES} at most")]
    TooMany(usize),
}

impl Watched {
    /// Reads the list as the template does: `meters=5,gateways`; nothing is a list too.
    ///
    /// # Errors
    /// The template would refuse it, or it says two things of one source.
    pub fn parse(text: &str) -> Result<Watched, NoList> {
        let mut sources = BTreeMap::new();
        for entry in text.split(',').filter(|_| !text.is_empty()) {
            let (name, minutes) =
                parse_entry(entry).ok_or_else(|| NoList::Entry(entry.to_owned()))?;
            if sources.insert(name, minutes).is_some() {
                return Err(NoList::Twice(entry.to_owned()));
            }
        }
        match sources.len() {
            count if count > MOST_SOURCES => Err(NoList::TooMany(count)),
            _ => Ok(Watched(sources)),
        }
    }

    /// The list that settings ask for.
    fn asked_for(config: &Config) -> Watched {
        let sources = config.sources.values();
        Watched(
            sources
                .filter_map(|source| Some((source.name.clone(), source.silent_after_minutes?)))
                .collect(),
        )
    }
}

fn parse_entry(entry: &str) -> Option<(SourceName, u32)> {
    let (name, minutes) = match entry.split_once('=') {
        None => (entry, DEFAULT_MINUTES),
        Some((name, digits)) => {
            let plain =
                !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
            (name, digits.parse().ok().filter(|_| plain)?)
        }
    };
    let minutes = Some(minutes).filter(|minutes| (1..=MOST_MINUTES).contains(minutes))?;
    Some((SourceName::parse(name)?, minutes))
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, minutes)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{name}={minutes}")?;
        }
        Ok(())
    }
}

/// Says how the list and the settings differ.
pub fn check(config: &Config, listed: &Watched, findings: &mut Findings) {
    let asked_for = Watched::asked_for(config);
    let mut different = false;
    for (name, minutes) in &asked_for.0 {
        let place = format!("sources.{name}.silent_after_minutes");
        let message = match listed.0.get(name) {
            None => format!("the list of watched sources lacks {name}={minutes}"),
            Some(other) if other != minutes => {
                format!("is {minutes}, but the list of watched sources has {name}={other}")
            }
            Some(_) => continue,
        };
        different = true;
        findings.problem(Problem::new(place, message));
    }
    for name in listed.0.keys() {
        // What a source with a problem asks for is not known.
        if asked_for.0.contains_key(name) || config.broken.sources.contains_key(name) {
            continue;
        }
        different = true;
        let place = format!("--watched {name}");
        findings.problem(if config.sources.contains_key(name) {
            Problem::new(
                place,
                format!(
                    "sources.{name} has no silent_after_minutes: add it, or take it off the list"
                ),
            )
        } else {
            let names = config.sources.keys().map(SourceName::as_str);
            let near = nearest(name.as_str(), names)
                .map_or_else(String::new, |near| format!(": did you mean {near}?"));
            Problem::new(place, format!("is no source of the settings{near}"))
        });
    }
    if asked_for.0.len() > MOST_SOURCES {
        findings.problem(Problem::new(
            "silent_after_minutes",
            format!(
                "stands in {} sources, and the template watches {MOST_SOURCES} at most",
                asked_for.0.len()
            ),
        ));
    } else if different && config.broken.sources.is_empty() {
        findings.advice(format!(
            "These settings ask for the template's parameter WatchedSources={asked_for}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_the_template_reads_them() {
        let cases = [
            ("", Some("")),
            ("meters", Some("meters=15")),
            (
                "meters=5,gateways,doors=1440",
                Some("doors=1440,gateways=15,meters=5"),
            ),
            ("meters=0", None),
            ("meters=05", None),
            ("meters=+5", None),
            ("meters=1441", None),
            ("meters=", None),
            ("Meters", None),
            ("meters, doors", None),
            ("meters,", None),
            (",", None),
            ("meters=5=6", None),
            ("meters,meters=5", None),
        ];
        for (text, expected) in cases {
            let found = Watched::parse(text).map(|list| list.to_string());
            assert_eq!(found.ok().as_deref(), expected, "{text}");
        }
        let many = |count: usize| {
            let names: Vec<String> = (0..count).map(|number| format!("s{number}")).collect();
            Watched::parse(&names.join(","))
        };
        assert!(many(20).is_ok());
        assert_eq!(many(21), Err(NoList::TooMany(21)));
    }
}
