//! The counters of a period.

use crate::ledger::Staging;
use std::collections::BTreeMap;

/// The counters of a period, with what the staging queue says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// By the name of the counter and the source.
    pub(super) by_source: BTreeMap<(String, String), u64>,
    /// By the name of the counter and the target.
    pub(super) by_target: BTreeMap<(String, String), u64>,
    /// The messages in progress at the beginning.
    pub(super) in_progress_before: u64,
    /// What the queue counted in the period, and the messages in progress at its end; `None` in AWS.
    pub(super) staging: Option<Staging>,
}

impl Counts {
    /// Over all sources.
    pub(super) fn total(&self, name: &str) -> u64 {
        let rows = self.by_source.iter();
        rows.filter(|((found, _), _)| found == name)
            .map(|(_, count)| count)
            .sum()
    }

    pub(super) fn of_source(&self, name: &str, source: &str) -> u64 {
        get(&self.by_source, name, source)
    }

    pub(super) fn of_target(&self, name: &str, target: &str) -> u64 {
        get(&self.by_target, name, target)
    }

    /// The sources of which something came in.
    pub(super) fn sources(&self) -> Vec<&str> {
        labels(&self.by_source, "received")
    }

    /// The targets or webhooks that have this counter.
    pub(super) fn targets(&self, name: &str) -> Vec<&str> {
        labels(&self.by_target, name)
    }
}

fn get(counts: &BTreeMap<(String, String), u64>, name: &str, label: &str) -> u64 {
    let key = (name.to_owned(), label.to_owned());
    counts.get(&key).copied().unwrap_or(0)
}

fn labels<'a>(counts: &'a BTreeMap<(String, String), u64>, name: &str) -> Vec<&'a str> {
    let keys = counts.keys().filter(|(found, _)| found == name);
    keys.map(|(_, label)| label.as_str()).collect()
}

/// The counter of a metric: `UrlChecks` is `url_checks`.
pub(super) fn counter(metric: &str) -> String {
    let mut name = String::new();
    for letter in metric.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
