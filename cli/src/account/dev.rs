//! Reads the counters from the ledger of `thingrelay dev`.

use super::counts::Counts;
use crate::ledger::{self, Line, Staging};
use anyhow::Context;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    ops::Range,
    path::Path,
};
use thingrelay_core::timestamp::Timestamp;

/// The counters of the period.
///
/// # Errors
/// There is no ledger, or it cannot be read.
pub(super) fn read(data: &Path, period: Range<i64>) -> anyhow::Result<Counts> {
    let path = ledger::path(data);
    let name = || {
        format!(
            "cannot read {}, which thingrelay dev --data writes",
            path.display()
        )
    };
    let lines = BufReader::new(File::open(&path).with_context(name)?).lines();
    let lines: Vec<String> = lines.collect::<Result<_, _>>().with_context(name)?;
    // A process that was killed may have left a part of a line.
    let lines = lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok());
    Ok(sum(lines, &period))
}

fn sum(lines: impl Iterator<Item = Line>, period: &Range<i64>) -> Counts {
    let mut counts = Counts::default();
    let mut staging = Staging::default();
    let mut is_first = true;
    for line in lines {
        let Some(at) = Timestamp::from_platform_text(&line.at, 0) else {
            continue;
        };
        let at = at.unix_millis();
        if at < period.start {
            counts.in_progress_before = line.staging.in_progress;
            staging.in_progress = line.staging.in_progress;
            is_first = false;
            continue;
        }
        if at >= period.end {
            break;
        }
        // The first line of a ledger has nothing but what the run began with.
        if is_first && line.counts.is_empty() {
            counts.in_progress_before = line.staging.in_progress;
        }
        is_first = false;
        for count in line.counts {
            let (map, label) = match (count.source, count.target) {
                (_, Some(target)) => (&mut counts.by_target, target),
                (source, None) => (&mut counts.by_source, source.unwrap_or_default()),
            };
            *map.entry((count.name, label)).or_default() += count.count;
        }
        staging.sent += line.staging.sent;
        staging.duplicates += line.staging.duplicates;
        staging.dead += line.staging.dead;
        staging.expired += line.staging.expired;
        staging.in_progress = line.staging.in_progress;
    }
    counts.staging = Some(staging);
    counts
}

#[cfg(test)]
mod tests;
