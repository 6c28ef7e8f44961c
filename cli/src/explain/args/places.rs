//! Where to look for a message.

use crate::{
    archive::place::Place,
    arguments::{
        Endpoint, endpoint, queue, staging_queue,
        time::{Time, time},
    },
};
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::path::PathBuf;
use thingrelay::environment::STAGING_QUEUE_URL;
use thingrelay_core::queue_url::QueueUrl;

/// Where to look for a message.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Where to look for the message")]
pub(in crate::explain) struct Places {
    /// An archive: a directory or s3://BUCKET/PREFIX, or a file that `thingrelay dead-letters drop`
    /// has written. It may be given several times.
    #[arg(long, value_name = "PATH", requires = "id", value_parser = OsStringValueParser::new().try_map(Place::parse))]
    pub(in crate::explain) archive: Vec<Place>,

    /// The directory of a journal, if it exists. It may be given several times.
    #[arg(long = "journal", value_name = "DIR", default_values = ["dead-letters", "replay-journal"])]
    pub(in crate::explain) journals: Vec<PathBuf>,

    /// The quarantine queue, or a queue of dead letters. It may be given several times; the variable
    /// has several with commas between them.
    #[arg(long = "queue", value_name = "URL", env = "THINGRELAY_DEAD_LETTER_QUEUES", value_delimiter = ',', value_parser = queue)]
    queues: Vec<QueueUrl>,

    /// The staging queue, whose messages are counted.
    #[arg(long, value_name = "URL", env = STAGING_QUEUE_URL, value_parser = staging_queue)]
    staging_queue: Option<QueueUrl>,

    /// The queue server of `thingrelay dev`, which prints it as `sqs URL`: its quarantine, its dead
    /// letters, its staging queue.
    #[arg(long, value_name = "URL", env = "THINGRELAY_QUEUE_SERVER", value_parser = endpoint)]
    endpoint: Option<Endpoint>,

    /// Accepted at this time or later: fewer files of an archive are read.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "id")]
    pub(in crate::explain) from: Option<Time>,

    /// Accepted before this time.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "id")]
    pub(in crate::explain) to: Option<Time>,
}

impl Places {
    /// The queues to look at.
    pub(in crate::explain) fn queues(&self) -> impl Iterator<Item = &QueueUrl> {
        let others = self.endpoint.iter().flat_map(|it| &it.others);
        self.queues.iter().chain(others)
    }

    pub(in crate::explain) fn staging_queue(&self) -> Option<&QueueUrl> {
        let local = self.endpoint.as_ref().map(|it| &it.staging);
        local.or(self.staging_queue.as_ref())
    }
}
