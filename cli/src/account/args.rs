//! The arguments of `thingrelay account`.

use crate::arguments::time::{Time, time};
use std::{ops::Range, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  thingrelay account --data relay-data
  thingrelay account --data relay-data --from 2026-11-30T08:00:00Z --to 2026-11-30T09:00:00Z
  thingrelay account --data relay-data --from 3h --json

Reads what `thingrelay dev --data DIR` has counted, also while it runs, and prints sums that have to be
even: of the messages of each source that came in, of those that were accepted, and of the events of each
target. The counters are written every ten seconds and at the end of a run, so the ends of a period are
that exact. A run that is killed loses what it counted in the last ten seconds.

A line that is not even ends with the difference, and the exit code is then 1. Messages that are staged
again count as replayed when they are done: as long as some are in progress, the difference may be
negative by as many.";

/// Arguments of `thingrelay account`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The data directory of `thingrelay dev`.
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,

    /// Counted at this time or later: 2026-11-30T08:00:00Z, 2026-11-30 (UTC), or 90m, 3h or 2d ago.
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Time>,

    /// Counted before this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<Time>,

    /// Print one line of JSON.
    #[arg(long)]
    pub(super) json: bool,
}

impl Args {
    /// The period, in milliseconds since 1970.
    pub(super) fn period(&self) -> Range<i64> {
        let from = self.from.as_ref().map_or(i64::MIN, Time::millis);
        from..self.to.as_ref().map_or(i64::MAX, Time::millis)
    }
}
