//! The configuration of a run, as the functions see it.

use super::demo::{self, DemoSource};
use anyhow::{Context, bail};
use std::{fs, path::Path, time::Duration};
use thingrelay::{
    aws::Aws,
    config::{Config, Reader, TargetKind},
    queue::QueueUrl,
    secret::Secret,
};
use tokio::time::timeout;

/// How long it may take to find credentials.
const CREDENTIALS_LIMIT: Duration = Duration::from_secs(10);

/// One document, read as the edge reads it and as the consumer does: without secrets.
#[derive(Debug)]
pub struct Settings {
    /// For `verify` and `push`.
    pub edge: Config,
    /// For `consumer`.
    pub consumer: Config,
    /// The document itself.
    pub document: Secret,
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, has problems, which are all named, or has no source.
    pub fn of_file(path: &Path) -> anyhow::Result<Settings> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let settings =
            Settings::of_document(&text).with_context(|| format!("{shown} has problems"))?;
        if settings.edge.sources.is_empty() {
            bail!("{shown} has no source: it needs a table [sources.NAME]");
        }
        Ok(settings)
    }

    /// The URLs of the targets that are on no queue server of this machine, with the targets' names.
    pub fn real_targets(&self) -> impl Iterator<Item = (&str, &QueueUrl)> {
        self.consumer.targets.iter().filter_map(|target| {
            let TargetKind::Sqs(sqs) = &target.kind;
            let is_real = !sqs.queue_url.is_loopback();
            is_real.then_some((target.name.as_str(), &sqs.queue_url))
        })
    }

    /// Looks for what the targets take that are not on this machine.
    ///
    /// # Errors
    /// There are no AWS credentials; the message is one line, and says what to do.
    pub async fn require_credentials(&self) -> anyhow::Result<()> {
        let Some((name, url)) = self.real_targets().next() else {
            return Ok(());
        };
        let found = timeout(CREDENTIALS_LIMIT, Aws::anywhere().find_credentials()).await;
        let why = match found {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(why)) => why,
            Err(_) => "nothing answered in time".to_owned(),
        };
        bail!(
            "the target {name} is the queue {url}, and there are no AWS credentials ({why}): set \
             AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or forward to local queues \
             with --local-targets"
        )
    }

    /// Of sources made up for a run.
    ///
    /// # Errors
    /// None that is not a mistake in this program.
    pub fn of_demo(sources: &[DemoSource]) -> anyhow::Result<Settings> {
        Settings::of_document(&demo::document(sources))
    }

    /// Of a document.
    ///
    /// # Errors
    /// Its problems, all of them.
    pub fn of_document(text: &str) -> anyhow::Result<Settings> {
        Ok(Settings {
            edge: Config::parse(&[text], Reader::Edge)?,
            consumer: Config::parse(&[text], Reader::Consumer)?,
            document: Secret::new(text),
        })
    }
}
