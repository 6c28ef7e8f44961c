//! The arguments of `thingrelay dead-letters`.

use crate::{
    arguments::{Endpoint, endpoint, queue, staging_queue},
    pace::Rate,
    recovery::{kept::Facts, selection::Selection},
};
use std::path::PathBuf;
use thingrelay::{
    aws::Aws,
    environment::STAGING_QUEUE_URL,
    queue::{Queue, SendTimeout},
};
use thingrelay_core::queue_url::QueueUrl;

const EXAMPLES: &str = "\
Examples:
  thingrelay dead-letters list --endpoint http://127.0.0.1:9324
  thingrelay dead-letters list --queue QUARANTINE_URL --queue DEAD_LETTER_URL
  thingrelay dead-letters show --reason not_json --limit 3
  thingrelay dead-letters redrive --queue QUARANTINE_URL --staging-queue STAGING_URL --reason panic
  thingrelay dead-letters put-back --queue QUARANTINE_URL --queue DEAD_LETTER_URL
  thingrelay dead-letters drop --reason not_json --file dropped.jsonl

Every command first takes all messages out of the given queues into the journal, a directory: a
message is deleted from its queue once it is on disk. The queues are empty then, and their alarms
clear; the journal has the only copy. So keep the directory, and use the same one each time. Without a
queue, a command works on the journal alone.

Credentials and region are found as any AWS SDK finds them. An interrupted command loses nothing: run
it again.";

const REDRIVE: &str = "\
Examples:
  thingrelay dead-letters redrive --endpoint http://127.0.0.1:9324
  thingrelay dead-letters redrive --endpoint http://127.0.0.1:9324 --source meters --yes

Prints what would be staged, and asks. Without a terminal and without --yes, it ends there.

First the messages of one device are staged, as a probe. If one of them comes back into the given
queues, the command stops with exit code 1. Otherwise all other messages follow, in order per device.
The events keep their ids and have the id of the run as `replay`. They come after newer events of
their device. A message that was staged leaves the journal.

Ctrl-C or SIGTERM ends the run after the messages under way; the same command continues it. The exit
code is 1 if the run is not finished, or if messages could not be staged.";

/// Arguments of `thingrelay dead-letters`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(super) action: Action,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Count the messages by reason, source and type.
    List(List),
    /// Show messages: the reason, where they come from, and the original without secrets.
    Show(Show),
    /// Stage messages again, once their cause is fixed.
    Redrive(Box<Redrive>),
    /// Put messages back into the queues that they come from.
    PutBack(PutBack),
    /// Write messages to a file and forget them.
    Drop(Drop),
}

/// Where the messages are.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Where they are")]
pub(super) struct Place {
    /// The quarantine queue, or a queue of dead letters. It may be given several times; the variable
    /// has several with commas between them.
    #[arg(long = "queue", value_name = "URL", env = "THINGRELAY_DEAD_LETTER_QUEUES", value_delimiter = ',', value_parser = queue)]
    queues: Vec<QueueUrl>,

    /// The queue server of `thingrelay dev`, which prints it as `sqs URL`: its quarantine, its dead
    /// letters, its staging queue.
    #[arg(long, value_name = "URL", env = "THINGRELAY_QUEUE_SERVER", value_parser = endpoint)]
    endpoint: Option<Endpoint>,

    /// The directory of the journal, which is made if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "dead-letters")]
    pub(super) journal: PathBuf,
}

/// Which messages, and where they are.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Chosen {
    #[command(flatten)]
    pub(super) place: Place,

    #[command(flatten)]
    pub(super) selection: Selection,

    /// With this reason: a code of the quarantine or of a webhook's dead letters, or dead_letter.
    #[arg(long, value_name = "CODE", help_heading = "Which messages")]
    pub(super) reason: Option<String>,
}

/// Arguments of `thingrelay dead-letters list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) chosen: Chosen,

    /// Print each group as one line of JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `thingrelay dead-letters show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) chosen: Chosen,

    /// How many messages to show.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) limit: usize,

    /// Show each original unchanged, with its secrets.
    #[arg(long)]
    pub(super) reveal: bool,
}

/// Arguments of `thingrelay dead-letters redrive`.
#[derive(Debug, clap::Args)]
#[command(after_help = REDRIVE)]
pub(super) struct Redrive {
    #[command(flatten)]
    pub(super) chosen: Chosen,

    /// The staging queue.
    #[arg(long, value_name = "URL", env = STAGING_QUEUE_URL, value_parser = staging_queue)]
    staging_queue: Option<QueueUrl>,

    /// The queue of a webhook, if the dead letters are those of the webhook: its events go there
    /// again.
    #[arg(long, value_name = "URL", value_parser = queue)]
    pub(super) webhook_queue: Option<QueueUrl>,

    /// How many messages are staged in a second, such as 100/s, or in a minute, such as 30/m.
    #[arg(long, value_name = "RATE", default_value = "100/s")]
    pub(super) rate: Rate,

    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,

    /// Stage all messages at once, without a probe.
    #[arg(long)]
    pub(super) no_probe: bool,

    /// How many seconds the probe waits at most until the staging queue is empty.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(super) probe_seconds: u64,
}

/// Arguments of `thingrelay dead-letters put-back`.
#[derive(Debug, clap::Args)]
pub(super) struct PutBack {
    #[command(flatten)]
    pub(super) chosen: Chosen,
}

/// Arguments of `thingrelay dead-letters drop`.
#[derive(Debug, clap::Args)]
pub(super) struct Drop {
    #[command(flatten)]
    pub(super) chosen: Chosen,

    /// The file that gets the messages, each as a line of JSON, before they are forgotten. If the
    /// file exists, it grows.
    #[arg(long, value_name = "FILE")]
    pub(super) file: PathBuf,

    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}

impl Action {
    pub(super) fn chosen(&self) -> &Chosen {
        match self {
            Action::List(args) => &args.chosen,
            Action::Show(args) => &args.chosen,
            Action::Redrive(args) => &args.chosen,
            Action::PutBack(args) => &args.chosen,
            Action::Drop(args) => &args.chosen,
        }
    }
}

impl Place {
    fn urls(&self) -> impl Iterator<Item = &QueueUrl> {
        let others = self.endpoint.iter().flat_map(|it| &it.others);
        self.queues.iter().chain(others)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.urls().next().is_none()
    }

    /// The queues, to receive from.
    pub(super) async fn open(&self) -> Vec<Queue> {
        let aws = Aws::anywhere();
        let mut queues = Vec::new();
        for url in self.urls() {
            queues.push(Queue::open(&aws, url.clone(), SendTimeout::Background).await);
        }
        queues
    }
}

impl Chosen {
    pub(super) fn takes(&self, facts: &Facts) -> bool {
        let reason = self.reason.as_ref();
        self.selection.takes(facts) && reason.is_none_or(|reason| facts.reason == *reason)
    }
}

impl Redrive {
    pub(super) fn staging_queue(&self) -> Option<&QueueUrl> {
        let local = self.chosen.place.endpoint.as_ref();
        local.map(|it| &it.staging).or(self.staging_queue.as_ref())
    }
}
