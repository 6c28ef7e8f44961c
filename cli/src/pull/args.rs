//! The arguments of `thingrelay pull`.

use std::path::PathBuf;
use thingrelay::environment::STAGING_QUEUE_URL;
use thingrelay_core::queue_url::QueueUrl;

const EXAMPLES: &str = "\
Examples:
  thingrelay pull tuya --config relay.toml --staging-queue URL
  thingrelay pull tuya --config settings.toml secrets.json

Pulls every Tuya source of the configuration into the staging queue, from which the consumer
forwards, and connects anew whenever a connection ends. A message is acknowledged once the queue has
accepted it; what the queue does not take stays with the broker, and comes again.

Credentials for the queue and its region are found as any AWS SDK finds them. One pull a source at a
time: beside a function tuya that pulls the same source, each gets a part of the messages.

Log lines go to standard error: connected, refused, unreachable, silent, and what RUST_LOG asks for.
Ctrl-C or SIGTERM receives no more, acknowledges what is staged, and ends with exit code 0 and what
was counted; a second one ends at once, with exit code 1.";

const CKAFKA_EXAMPLES: &str = "\
Examples:
  thingrelay pull ckafka --config relay.toml --staging-queue URL
  thingrelay pull ckafka --config settings.toml secrets.json --member two

Pulls every CKafka source of the configuration that has a group into the staging queue, from which
the consumer forwards. An offset is committed once the queue has accepted the record and all before
it; what the queue does not take stays with the broker, and comes again.

Log lines, signals and exit codes are those of `thingrelay pull tuya`.";

/// Arguments of `thingrelay pull`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  thingrelay pull tuya --config relay.toml --staging-queue URL")]
pub struct Args {
    /// Where to pull from.
    #[command(subcommand)]
    pub from: From,
}

/// A message service.
#[derive(Debug, clap::Subcommand)]
pub enum From {
    /// Pull from Tuya's message service.
    Tuya(Tuya),
    /// Pull from CKafka with a consumer group, in a command built with the feature `ckafka`.
    Ckafka(Ckafka),
}

/// Arguments of `thingrelay pull ckafka`.
#[derive(Debug, clap::Args)]
#[command(after_help = CKAFKA_EXAMPLES)]
pub struct Ckafka {
    /// Settings, secrets or both, TOML or JSON, later ones laid over earlier ones; `-` is standard
    /// input.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub config: Vec<PathBuf>,

    /// The staging queue, which is a FIFO queue.
    #[arg(long, value_name = "URL", env = STAGING_QUEUE_URL, value_parser = staging_queue)]
    pub staging_queue: QueueUrl,

    /// Who this is in the group: the same name has its partitions again at once. Two at a time need
    /// two names.
    #[arg(long, value_name = "NAME", default_value = "pull")]
    pub member: String,
}

/// Arguments of `thingrelay pull tuya`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Tuya {
    /// Settings, secrets or both, TOML or JSON, later ones laid over earlier ones; `-` is standard
    /// input.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub config: Vec<PathBuf>,

    /// The staging queue, which is a FIFO queue.
    #[arg(long, value_name = "URL", env = STAGING_QUEUE_URL, value_parser = staging_queue)]
    pub staging_queue: QueueUrl,
}

fn staging_queue(text: &str) -> Result<QueueUrl, String> {
    let url = QueueUrl::parse(text).ok_or_else(|| {
        "this is no URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo".to_owned()
    })?;
    if url.is_fifo() {
        Ok(url)
    } else {
        Err(
            "the staging queue is a FIFO queue, which keeps the order: its name ends in .fifo"
                .to_owned(),
        )
    }
}
