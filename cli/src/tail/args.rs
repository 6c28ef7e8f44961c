//! The arguments of `thingrelay tail`.

use crate::{
    arguments::time::{Time, time},
    stack::args::Stacks,
};

const EXAMPLES: &str = "\
Examples:
  thingrelay tail thingrelay
  thingrelay tail thingrelay --since 2h --source meters
  thingrelay tail thingrelay --since 1d --no-follow --json

Prints the lines of the functions about refusals, quarantine, retries and errors, and how many messages
staging, quarantine and dead letters hold, when it changes. No message is received, so no receiver is
disturbed. CloudWatch has a line some seconds after it was written.

At the log level INFO the functions write no line for a message without problems. Deploy the stack with
the parameter LogLevel=DEBUG to see a line for each message that is accepted and forwarded, with its type
and its device. With -v, every line of that level is shown. No line has the content of a message.

Credentials and region are found as the AWS CLI finds them. docs/deploy.md has a policy with the rights
that are needed. If AWS does not answer, the command says so and goes on. Ctrl-C or SIGTERM ends it with
exit code 0.";

/// Arguments of `thingrelay tail`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) stacks: Stacks,

    /// Lines from this time on: 10m, 3h or 2d ago, 2026-11-30T08:00:00Z, or 2026-11-30 (UTC).
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
    pub(super) since: Time,

    /// Only lines of this source, and problems that are not of one source.
    #[arg(long, value_name = "NAME")]
    pub(super) source: Option<String>,

    /// Print each line and each change of a queue as one line of JSON.
    #[arg(long)]
    pub(super) json: bool,

    /// Print what there is, and end.
    #[arg(long)]
    pub(super) no_follow: bool,
}
