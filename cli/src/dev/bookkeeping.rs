//! Writes the counters of a run to the ledger in the data directory.

use super::balance::Balance;
use crate::ledger::{self, Count, Line, Staging};
use anyhow::Context;
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};
use thingrelay::{
    clock::Clock,
    telemetry::{Counters, counters::Row},
};

/// How often a line is written, if something was counted.
pub(crate) const PERIOD: Duration = Duration::from_secs(10);

/// The ledger of this run.
#[derive(Debug)]
pub(crate) struct Bookkeeping {
    file: File,
    counters: Counters,
    balance: Balance,
    clock: Clock,
    counted: BTreeMap<Row, u64>,
    staging: Staging,
}

impl Bookkeeping {
    /// Opens the ledger, which only its owner can read, and writes what is on the staging queue.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn begin(
        data: &Path,
        counters: Counters,
        balance: Balance,
    ) -> anyhow::Result<Bookkeeping> {
        let path = ledger::path(data);
        let mut options = OpenOptions::new();
        let options = options.append(true).create(true).mode(0o600);
        let cannot = || format!("cannot write {}", path.display());
        let mut this = Bookkeeping {
            file: options.open(&path).with_context(cannot)?,
            counters,
            balance,
            clock: Clock::system(),
            counted: BTreeMap::new(),
            staging: Staging::default(),
        };
        let line = this.line().unwrap_or_default();
        this.append(&line).with_context(cannot)?;
        Ok(this)
    }

    /// Writes what was counted since the last call.
    pub(crate) fn write(&mut self) {
        if let Some(line) = self.line()
            && let Err(error) = self.append(&line)
        {
            tracing::warn!(%error, "the counters of this run are not written");
        }
    }

    /// Writes from time to time, until the future is dropped.
    pub(crate) async fn keep(&mut self) {
        loop {
            tokio::time::sleep(PERIOD).await;
            self.write();
        }
    }

    /// What was counted since the last call; `None` if there is nothing new.
    fn line(&mut self) -> Option<Line> {
        let now = self.balance.staging();
        let before = std::mem::replace(&mut self.staging, now);
        let counted: BTreeMap<Row, u64> = self.counters.counted().into_iter().collect();
        let new = counted.iter().filter_map(|(row, count)| {
            let new = count - self.counted.get(row).copied().unwrap_or(0).min(*count);
            (new > 0).then(|| Count::of(row, new))
        });
        let counts: Vec<Count> = new.collect();
        self.counted = counted;
        let is_new = !counts.is_empty() || now != before;
        is_new.then(|| Line {
            at: self.clock.now().to_string(),
            counts,
            staging: Staging {
                sent: now.sent - before.sent.min(now.sent),
                duplicates: now.duplicates - before.duplicates.min(now.duplicates),
                dead: now.dead - before.dead.min(now.dead),
                expired: now.expired - before.expired.min(now.expired),
                in_progress: now.in_progress,
            },
        })
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }
}
