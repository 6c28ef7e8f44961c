//! The configuration of a run, as the functions see it.

use super::demo::{self, DemoSource};
use crate::documents::Documents;
use anyhow::bail;
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use thingrelay::aws::Aws;
use thingrelay_core::{
    config::{ConsumerConfig, EdgeConfig, Problems, TargetKind},
    queue_url::QueueUrl,
    secret::Secret,
};
use tokio::time::timeout;

/// How long it may take to find credentials.
const CREDENTIALS_LIMIT: Duration = Duration::from_secs(10);

/// The configuration, read as the edge reads it and as the consumer does: without secrets.
#[derive(Debug)]
pub(crate) struct Settings {
    /// For `verify` and `push`.
    pub(crate) edge: EdgeConfig,
    /// For `consumer`.
    pub(crate) consumer: ConsumerConfig,
    /// All of it as one document; in JSON, unless it was made up for a run without an emulator.
    pub(crate) document: Secret,
}

impl Settings {
    /// Reads the documents that the user gave.
    ///
    /// # Errors
    /// They cannot be read or parsed, or have no source that can be used; their problems are named.
    pub(crate) fn of_files(files: &[PathBuf]) -> anyhow::Result<Settings> {
        let documents = Documents::read(files)?;
        let edge: EdgeConfig = documents.usable()?;
        if edge.sources.is_empty() {
            // Says what is wrong, if it is that.
            documents.config()?;
            bail!(
                "the configuration has no source ({}): it needs a table [sources.NAME]",
                documents.names()
            );
        }
        Ok(Settings {
            edge,
            consumer: documents.usable()?,
            document: Secret::new(Value::from(documents.merged().entries().clone()).to_string()),
        })
    }

    /// Warns of each problem: what has one is out of use, as in the functions.
    pub(crate) fn warn(&self) {
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
    pub(crate) fn real_targets(&self) -> impl Iterator<Item = (&str, &QueueUrl)> {
        self.consumer.targets.iter().filter_map(|target| {
            let TargetKind::Sqs(sqs) = &target.kind;
            let is_real = !sqs.queue_url.is_loopback();
            is_real.then_some((target.name.as_str(), &sqs.queue_url))
        })
    }

    /// Looks for what the targets take that are not on this machine.
    ///
    /// # Errors
    /// There are no AWS credentials; the message is one line, with what to do.
    pub(crate) async fn require_credentials(&self) -> anyhow::Result<()> {
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
    pub(crate) fn of_demo(sources: &[DemoSource]) -> anyhow::Result<Settings> {
        Settings::of_document(&demo::document(sources))
    }

    /// Of a document: what can be used of it.
    ///
    /// # Errors
    /// It cannot be parsed.
    pub(crate) fn of_document(text: &str) -> anyhow::Result<Settings> {
        Ok(Settings {
            edge: EdgeConfig::usable(&[text])?,
            consumer: ConsumerConfig::usable(&[text])?,
            document: Secret::new(text),
        })
    }
}
