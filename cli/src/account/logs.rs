//! Reads the counters from the logs of the functions, which hold the metrics.

use super::counts::{Counts, counter};
use anyhow::Context;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{fs, io::Read, ops::Range, path::PathBuf};

/// What `aws logs filter-log-events` prints.
#[derive(Deserialize)]
struct Filtered {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    message: String,
}

/// A line with metrics.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "_aws")]
    metadata: Metadata,
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: i64,
    cloud_watch_metrics: Vec<Directive>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    dimensions: Vec<Vec<String>>,
    metrics: Vec<Definition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: String,
}

/// The counters of the period, from all files; `-` is standard input.
///
/// # Errors
/// A file cannot be read, or no line of it has metrics.
pub(super) fn read(files: &[PathBuf], period: &Range<i64>) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    for file in files {
        let name = || format!("cannot read {}", file.display());
        let mut text = String::new();
        match file.as_os_str() == "-" {
            true => {
                _ = std::io::stdin()
                    .lock()
                    .read_to_string(&mut text)
                    .with_context(name)?
            }
            false => text = fs::read_to_string(file).with_context(name)?,
        }
        let lines = add(&text, period, &mut counts);
        anyhow::ensure!(lines > 0, "{}: no line has metrics", file.display());
    }
    Ok(counts)
}

/// Adds the metrics of a log, and returns the number of lines that have metrics, in the period or not.
fn add(text: &str, period: &Range<i64>, counts: &mut Counts) -> u64 {
    let messages: Vec<String> = match serde_json::from_str(text) {
        Ok(Filtered { events }) => events.into_iter().map(|event| event.message).collect(),
        Err(_) => text.lines().map(str::to_owned).collect(),
    };
    let mut lines = 0;
    for message in messages {
        // `aws logs tail` writes the time in front.
        let json = message.find('{').and_then(|at| message.get(at..));
        let line = json.and_then(|json| serde_json::from_str::<Line>(json).ok());
        let Some(line) = line else {
            continue;
        };
        lines += 1;
        if period.contains(&line.metadata.timestamp) {
            line.add_to(counts);
        }
    }
    lines
}

impl Line {
    fn add_to(&self, counts: &mut Counts) {
        let label = |name: &str| self.members.get(name)?.as_str().map(str::to_owned);
        for directive in &self.metadata.cloud_watch_metrics {
            let has = |name: &str| directive.dimensions.iter().flatten().any(|it| it == name);
            let (map, label) = match has("Target") {
                true => (&mut counts.by_target, label("Target")),
                false => (&mut counts.by_source, label("Source")),
            };
            for metric in &directive.metrics {
                let count = self.members.get(&metric.name).and_then(Value::as_u64);
                let key = (counter(&metric.name), label.clone().unwrap_or_default());
                *map.entry(key).or_default() += count.unwrap_or(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thingrelay::telemetry::{counters::Row, emf::LineContext};
    use thingrelay_core::timestamp::Timestamp;

    fn row(name: &str, source: Option<&str>, reason: Option<&str>, target: Option<&str>) -> Row {
        let owned = |label: Option<&str>| label.map(str::to_owned);
        Row {
            name: name.to_owned(),
            source: owned(source),
            reason: owned(reason),
            target: owned(target),
        }
    }

    /// The lines of a function, by its own writer.
    fn lines(at: i64, counts: &[(Row, u64)]) -> String {
        let context = LineContext {
            namespace: "thingrelay/one",
            at: Timestamp::from_unix_millis(at),
            level: "INFO",
            request_id: "",
        };
        context.documents(counts, &[])
    }

    #[test]
    fn what_the_functions_write_is_added_up_in_each_form_of_a_log() {
        let hub = Some("hub");
        let counted = [
            (row("received", hub, None, None), 7),
            (row("rejected", hub, Some("stale"), None), 2),
            (row("rejected", hub, Some("bad_signature"), None), 1),
            (row("accepted", hub, None, None), 4),
            (row("received", Some("video"), None, None), 1),
            (row("webhook_received", None, None, Some("crm")), 3),
        ];
        let log = lines(1000, &counted) + &lines(2000, &counted) + "{\"level\":\"WARN\"}\nSTART\n";
        let tailed: String = log
            .lines()
            .map(|line| format!("2026-11-30T08:00:00 {line}\n"))
            .collect();
        let events = log
            .lines()
            .map(|line| serde_json::json!({"message": format!("{line}\n")}));
        let filtered = serde_json::json!({"events": events.collect::<Vec<_>>()}).to_string();
        for text in [log, tailed, filtered] {
            for (period, times) in [(0..3000, 2), (1001..3000, 1), (3000..4000, 0)] {
                let mut counts = Counts::default();
                assert!(add(&text, &period, &mut counts) > 0);
                assert_eq!(counts.of_source("received", "hub"), 7 * times);
                assert_eq!(counts.of_source("rejected", "hub"), 3 * times);
                assert_eq!(counts.total("received"), 8 * times);
                assert_eq!(counts.of_target("webhook_received", "crm"), 3 * times);
            }
        }
        assert_eq!(add("nothing\n", &(0..1), &mut Counts::default()), 0);
    }
}
