//! The arguments of `thingrelay pull`.

use crate::{arguments::staging_queue, documents::ConfigFiles};
use thingrelay::environment::STAGING_QUEUE_URL;
use thingrelay_core::queue_url::QueueUrl;

const EXAMPLES: &str = "\
Examples:
  thingrelay pull tuya --config relay.toml --staging-queue URL
  thingrelay pull tuya --config settings.toml --config secrets.json

Pulls every Tuya source of the configuration into the staging queue, from which the consumer
forwards. It connects again whenever a connection ends. A message is acknowledged once the queue has
accepted it; a message that the queue does not accept stays with the broker, and comes again.

Credentials for the queue and its region are found as any AWS SDK finds them. Run one pull of a source
at a time: if a function tuya pulls the same source, each of the two gets a part of the messages.

Log lines go to standard error: connected, refused, unreachable, silent, and those that RUST_LOG selects.
Ctrl-C or SIGTERM stops receiving, acknowledges staged messages, prints the counts, and ends with
exit code 0; a second signal ends at once, with exit code 1.";

const CKAFKA_EXAMPLES: &str = "\
Examples:
  thingrelay pull ckafka --config relay.toml --staging-queue URL
  thingrelay pull ckafka --config settings.toml --config secrets.json --member two

Pulls every CKafka source of the configuration that has a group into the staging queue, from which
the consumer forwards. An offset is committed once the queue has accepted the record and all earlier
ones; a record that the queue does not accept stays with the broker, and comes again.

Log lines, signals and exit codes are those of `thingrelay pull tuya`.";

/// Arguments of `thingrelay pull`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  thingrelay pull tuya --config relay.toml --staging-queue URL")]
pub(crate) struct Args {
    /// Where to pull from.
    #[command(subcommand)]
    pub(crate) from: From,
}

/// A message service.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum From {
    /// Pull from Tuya's message service.
    Tuya(Tuya),
    /// Pull from CKafka with a consumer group, in a command built with the feature `ckafka`.
    Ckafka(Ckafka),
}

/// Arguments of `thingrelay pull ckafka`.
#[derive(Debug, clap::Args)]
#[command(after_help = CKAFKA_EXAMPLES, mut_arg("files", |files| files.required(true)))]
pub(crate) struct Ckafka {
    #[command(flatten)]
    pub(crate) config: ConfigFiles,

    /// The staging queue, which is a FIFO queue.
    #[arg(long, value_name = "URL", env = STAGING_QUEUE_URL, value_parser = staging_queue)]
    pub(crate) staging_queue: QueueUrl,

    /// The name of this member in the group: a member with the same name gets its partitions back at
    /// once. Two pulls at a time need two names.
    #[arg(long, value_name = "NAME", default_value = "pull")]
    pub(crate) member: String,
}

/// Arguments of `thingrelay pull tuya`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, mut_arg("files", |files| files.required(true)))]
pub(crate) struct Tuya {
    #[command(flatten)]
    pub(crate) config: ConfigFiles,

    /// The staging queue, which is a FIFO queue.
    #[arg(long, value_name = "URL", env = STAGING_QUEUE_URL, value_parser = staging_queue)]
    pub(crate) staging_queue: QueueUrl,
}
