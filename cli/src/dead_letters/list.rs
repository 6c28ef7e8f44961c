//! Counts the messages by queue, reason, source and type.

use super::{args, tell};
use crate::recovery::{
    journal::{Journal, JournalError},
    kept::Facts,
    plan::duration,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};
use thingrelay::clock::Clock;
use thingrelay_core::timestamp::Timestamp;

/// What the messages of a group have in common: queue, reason, source, types.
type Key = [String; 4];

#[derive(Default)]
struct Group {
    messages: u64,
    devices: HashSet<(Option<String>, String)>,
    oldest: i64,
    newest: i64,
}

/// Prints the groups.
///
/// # Errors
/// The journal cannot be read.
pub(super) fn list(journal: &Journal, args: &args::List) -> Result<(), JournalError> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    journal.each(|_, facts| {
        if args.chosen.takes(&facts) {
            groups.entry(key(&facts)).or_default().add(facts);
        }
    })?;
    let lines = groups.iter();
    if args.json {
        let lines = lines.map(|(key, group)| group.json(key));
        tell(&lines.collect::<String>());
        return Ok(());
    }
    let now = Clock::system().now().unix_millis();
    let titles = [
        "queue", "reason", "source", "type", "messages", "devices", "oldest", "newest",
    ];
    let titles = titles.map(str::to_owned);
    let rows = lines.map(|(key, group)| group.row(key, now));
    tell(&table(std::iter::once(titles).chain(rows).collect()));
    Ok(())
}

fn key(facts: &Facts) -> Key {
    let queue = facts.origin.rsplit('/').next().unwrap_or_default();
    let types = facts.types.iter().map(|kind| {
        let short = kind.strip_prefix("io.thingrelay.");
        short
            .and_then(|kind| kind.strip_suffix(".v1"))
            .unwrap_or(kind)
    });
    let types: Vec<&str> = types.collect();
    let or_none = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    [
        queue.to_owned(),
        facts.reason.clone(),
        or_none(facts.source.as_deref().unwrap_or_default()),
        or_none(&types.join(",")),
    ]
}

impl Group {
    fn add(&mut self, facts: Facts) {
        if self.messages == 0 {
            (self.oldest, self.newest) = (facts.received, facts.received);
        }
        self.messages += 1;
        self.devices.extend(facts.devices);
        self.oldest = self.oldest.min(facts.received);
        self.newest = self.newest.max(facts.received);
    }

    fn row(&self, [queue, reason, source, types]: &Key, now: i64) -> [String; 8] {
        let age = |received: i64| {
            let age = u64::try_from(now.saturating_sub(received)).unwrap_or(0);
            duration(Duration::from_millis(age))
        };
        [
            queue.clone(),
            reason.clone(),
            source.clone(),
            types.clone(),
            self.messages.to_string(),
            self.devices.len().to_string(),
            age(self.oldest),
            age(self.newest),
        ]
    }

    fn json(&self, [queue, reason, source, types]: &Key) -> String {
        let time = |millis| Timestamp::from_unix_millis(millis).to_string();
        let line = json!({
            "queue": queue, "reason": reason, "source": source, "type": types,
            "messages": self.messages, "devices": self.devices.len(),
            "oldest": time(self.oldest), "newest": time(self.newest),
        });
        format!("{line}\n")
    }
}

/// Rows in columns.
fn table(rows: Vec<[String; 8]>) -> String {
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line += &format!("{cell:<width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
