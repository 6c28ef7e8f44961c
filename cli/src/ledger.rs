//! The counters of `thingrelay dev --data`, in a file: a line of JSON for each ten seconds in which
//! something was counted. `dev` writes the lines, and `account` reads them.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thingrelay::telemetry::counters::Row;

/// A line: what was counted since the line before, or since the start of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The end of the time in which it was counted.
    pub(crate) at: String,
    pub(crate) counts: Vec<Count>,
    pub(crate) staging: Staging,
}

/// A counter with its labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    pub(crate) count: u64,
}

/// What the staging queue says. All but the last count since the line before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Staging {
    /// Messages that were sent to the queue, duplicates included.
    pub(crate) sent: u64,
    pub(crate) duplicates: u64,
    /// Messages that became dead letters.
    pub(crate) dead: u64,
    /// Messages that the queue no longer keeps, as they were too old.
    pub(crate) expired: u64,
    /// The messages on the queue at that time.
    pub(crate) in_progress: u64,
}

impl Count {
    pub(crate) fn of(row: &Row, count: u64) -> Count {
        Count {
            name: row.name.clone(),
            source: row.source.clone(),
            target: row.target.clone(),
            count,
        }
    }
}

/// The file in a data directory.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("counts.jsonl")
}
