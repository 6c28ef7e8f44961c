//! The configuration of a run, as the functions see it.

use super::demo::{self, DemoSource};
use anyhow::{Context, bail};
use std::{fs, path::Path, time::Duration};
use thingrelay::aws::Aws;
use thingrelay_core::{
    config::{ConsumerConfig, EdgeConfig, Problems, TargetKind},
    queue_url::QueueUrl,
    secret::Secret,
};
use tokio::time::timeout;

/// How long it may take to find credentials.
const CREDENTIALS_LIMIT: Duration = Duration::from_secs(10);

/// One document, read as the edge reads it and as the consumer does: without secrets.
#[derive(Debug)]
pub struct Settings {
    /// For `verify` and `push`.
    pub edge: EdgeConfig,
    /// For `consumer`.
    pub consumer: ConsumerConfig,
    /// The document itself.
    pub document: Secret,
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read or parsed, or has no source that can be used; its problems are named.
    pub fn of_file(path: &Path) -> anyhow::Result<Settings> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let has_problems = || format!("{shown} has problems");
        let settings = Settings::of_document(&text).with_context(has_problems)?;
        if !settings.edge.sources.is_empty() {
            return Ok(settings);
        }
        let problems = settings.edge.broken.problems();
        if problems.is_empty() {
            bail!("{shown} has no source: it needs a table [sources.NAME]");
        }
        Err(problems).with_context(has_problems)
    }

    /// Warns of each problem: what has one is out of use, as in the functions.
    pub fn warn(&self) {
        let broken = &self.edge.broken;
        for (source, wrong) in &broken.sources {
            for problem in wrong.problems.iter() {
                let problem = problem.to_string();
                tracing::warn!(%source, problem, "the source is out of use");
            }
        }
        for problem in broken.targets.values().flat_map(Problems::iter) {
            let problem = problem.to_string();
            tracing::warn!(problem, "a target is out of use, messages wait for it");
        }
        for problem in broken.rest.iter() {
            let problem = problem.to_string();
            tracing::warn!(problem, "the configuration has a problem");
        }
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

    /// Of a document: what can be used of it.
    ///
    /// # Errors
    /// It cannot be parsed.
    pub fn of_document(text: &str) -> anyhow::Result<Settings> {
        Ok(Settings {
            edge: EdgeConfig::usable(&[text])?,
            consumer: ConsumerConfig::usable(&[text])?,
            document: Secret::new(text),
        })
    }
}
