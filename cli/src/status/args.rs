//! The arguments of `thingrelay status`.

use crate::stack::args::Stacks;

const EXAMPLES: &str = "\
Examples:
  thingrelay status thingrelay
  thingrelay status thingrelay --region eu-west-1 --json
  AWS_PROFILE=production thingrelay status thingrelay && echo well

Shows for each stack its status, the version of thingrelay that is deployed, how many messages each queue
holds, the age of the oldest, and the alarms. SQS counts approximately. CloudWatch measures ages once a
minute, and only of queues in use: `unknown` means that there is no measurement of the last quarter of an
hour.

Credentials and region are found as the AWS CLI finds them. docs/deploy.md has a policy with the rights
that are needed. No message is received.

The exit code is 0 if all is well. It is 1 if an alarm is on, if dead letters or quarantine hold messages,
if the last change of a stack failed, if a queue or an alarm of a stack is missing, or if AWS cannot be
asked.";

/// Arguments of `thingrelay status`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) stacks: Stacks,

    /// Print one line of JSON.
    #[arg(long)]
    pub(super) json: bool,
}
