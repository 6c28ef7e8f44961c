//! The arguments of `thingrelay replay`.

use crate::{
    archive::place::Place,
    arguments::{Endpoint, endpoint, staging_queue, time::age},
    documents::{ConfigFiles, Documents},
    pace::Rate,
    recovery::selection::Selection,
};
use anyhow::bail;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::{path::PathBuf, time::Duration};
use thingrelay::environment::STAGING_QUEUE_URL;
use thingrelay_core::{config::WebhookConfig, queue_url::QueueUrl};

const EXAMPLES: &str = "\
Examples:
  thingrelay replay relay-data/archive --from 3h --endpoint http://127.0.0.1:9324
  thingrelay replay relay-data/archive/meters --from 2026-11-30T08:00:00Z --to 2026-11-30T09:00:00Z \\
      --target events --staging-queue URL --yes
  thingrelay replay s3://BUCKET/archive/meters --from 3h --staging-queue URL
  thingrelay replay dropped.jsonl --staging-queue URL

Reads the archive of a stack in AWS or of `thingrelay dev --data`, or files that `thingrelay dead-letters drop` has written.
Prints what would be staged, and asks. Without a terminal and without --yes, it ends there.

The messages are staged in the order in which they were accepted, each once, however often the files
have it. The events keep their ids and have the id of the run as `replay`. With --target, only that
target gets them. With --config, too, the name is checked; one that the settings do not have gets
nothing.

A bucket is read with the region and the credentials that any AWS SDK finds, in AWS_REGION, AWS_PROFILE
and so on. They need s3:ListBucket on it, and s3:GetObject on its objects. Of an archive in folders by
hour, as thingrelay writes it, only the hours since --from are read.

The messages are first sorted in the journal, which takes as much space as the messages do without
compression. Ctrl-C or SIGTERM ends the run after the messages under way; the same command continues
it. A command that has ended begins a new run the next time.";

/// Arguments of `thingrelay replay`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files, or directories or s3://BUCKET/PREFIX with files whose names end in .jsonl or .jsonl.gz.
    #[arg(required = true, value_name = "PATH", value_parser = OsStringValueParser::new().try_map(Place::parse))]
    pub(super) places: Vec<Place>,

    #[command(flatten)]
    pub(super) selection: Selection,

    /// Read no files of hours later than this after --to, such as 1d. Messages are archived when they are
    /// done, which may be days after they were accepted: without this, all files since --from are
    /// read.
    #[arg(long, value_name = "DURATION", value_parser = age, requires = "to", help_heading = "Which messages")]
    pub(super) late: Option<Duration>,

    /// The only target that gets the events.
    #[arg(long, value_name = "NAME")]
    pub(super) target: Option<String>,

    #[command(flatten)]
    pub(super) config: ConfigFiles,

    /// The staging queue.
    #[arg(long, value_name = "URL", env = STAGING_QUEUE_URL, value_parser = staging_queue)]
    staging_queue: Option<QueueUrl>,

    /// The queue server of `thingrelay dev`, which prints it as `sqs URL`.
    #[arg(long, value_name = "URL", env = "THINGRELAY_QUEUE_SERVER", value_parser = endpoint)]
    endpoint: Option<Endpoint>,

    /// The directory of the journal, which is made, and is empty again when the run has ended.
    #[arg(long, value_name = "DIR", default_value = "replay-journal")]
    pub(super) journal: PathBuf,

    /// How many messages are staged in a second, such as 100/s, or in a minute, such as 30/m.
    #[arg(long, value_name = "RATE", default_value = "100/s")]
    pub(super) rate: Rate,

    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}

impl Args {
    pub(super) fn staging_queue(&self) -> Option<&QueueUrl> {
        let local = self.endpoint.as_ref().map(|it| &it.staging);
        local.or(self.staging_queue.as_ref())
    }

    /// Checks the name of the target, if the settings are given.
    ///
    /// # Errors
    /// The settings cannot be read, or have no such target.
    pub(super) fn require_target(&self) -> anyhow::Result<()> {
        let Some(target) = &self.target else {
            return Ok(());
        };
        if self.config.files.is_empty() {
            return Ok(());
        }
        let config: WebhookConfig = Documents::read(&self.config.files)?.usable()?;
        let known: Vec<&str> = config
            .targets
            .iter()
            .map(|target| target.name.as_str())
            .chain(config.broken.targets.keys().map(String::as_str))
            .collect();
        if known.contains(&target.as_str()) {
            return Ok(());
        }
        bail!(
            "the settings have no target {target}: they have {}",
            match known.as_slice() {
                [] => "none".to_owned(),
                names => names.join(", "),
            }
        )
    }

    /// What the messages are chosen by, and who gets them.
    pub(super) fn choice(&self) -> String {
        let Args {
            places,
            selection,
            target,
            ..
        } = self;
        format!("{places:?} {selection:?} {target:?}")
    }
}
