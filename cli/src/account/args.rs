//! The arguments of `thingrelay account`.

use crate::arguments::time::{Time, time};
use std::{ops::Range, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  thingrelay account --data relay-data
  thingrelay account --data relay-data --from 2026-11-30T08:00:00Z --to 2026-11-30T09:00:00Z
  thingrelay account --data relay-data --from 3h --json
  thingrelay account --stack thingrelay --from 3h
  thingrelay account --log push.json --log consumer.json --from 3h

Reads what `thingrelay dev --data DIR` has counted, also while it runs, or the metrics of a stack in AWS: from
CloudWatch, with those of the pulls and webhooks that import from the stack, or from the logs of the functions,
which hold the metrics: what `aws logs filter-log-events --output json` or `aws logs tail` prints. Give the logs
of all functions of the same period. The command prints sums that have to be
even: of the messages of each source that came in, of those that were accepted, and of the events of each
target. The counters of `dev` are written every ten seconds and at the end of a run, so the ends of a period are
that exact. A run that is killed loses what it counted in the last ten seconds.

From CloudWatch the command reads whole minutes. A period of more than a day, or of more than 15 days ago, is read
in steps of 5 minutes, and one of more than 5 days, or of more than 63 days ago, by the hour. The ends are
rounded outwards, and the command says to what times. The last minutes may be missing: CloudWatch gets metrics
late. Metrics that nothing was counted of for two weeks are not listed, and so not read. A stack that is gone
is read without those that imported from it: name them, too. The credentials need cloudwatch:ListMetrics,
cloudwatch:GetMetricData, and in CloudFormation DescribeStacks, ListStackResources and ListImports.

A line that is not even ends with the difference, and the exit code is then 1. Of `dev`, what the staging queue
got beyond the accepted messages is called staged again. In AWS, messages that are staged again count as
replayed when they are done, and nothing tells how many duplicates the staging queue has dropped: what is
neither forwarded nor in quarantine is a rest: duplicates, dead letters, or in progress.";

/// Arguments of `thingrelay account`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The data directory of `thingrelay dev`.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present_any = ["logs", "stacks"],
        conflicts_with_all = ["logs", "stacks"]
    )]
    pub(super) data: Option<PathBuf>,

    /// The log of a function; `-` is standard input. It may be given several times.
    #[arg(long = "log", value_name = "FILE")]
    pub(super) logs: Vec<PathBuf>,

    /// A stack in AWS, whose metrics are read from CloudWatch, with those of the pulls and webhooks that import from
    /// it. It may be given several times.
    #[arg(
        long = "stack",
        value_name = "NAME",
        requires = "from",
        conflicts_with = "logs"
    )]
    pub(super) stacks: Vec<String>,

    /// The region of the stacks. Without it, the region that any AWS SDK finds.
    #[arg(long, value_name = "REGION", requires = "stacks")]
    pub(super) region: Option<String>,

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
