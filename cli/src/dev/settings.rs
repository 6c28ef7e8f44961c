//! The configuration of a run, as the functions read it.

use super::demo::{self, DemoSource};
use crate::documents::Documents;
use anyhow::bail;
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use thingrelay::aws::Aws;
use thingrelay_core::{
    config::{ConsumerConfig, EdgeConfig, Problems, Target, WebhookConfig},
    secret::Secret,
};
use tokio::time::timeout;

/// How long the search for credentials may take.
const CREDENTIALS_LIMIT: Duration = Duration::from_secs(10);

/// The configuration, as the edge reads it, and without secrets as the consumer reads it.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The configuration of `verify` and `push`.
    pub(crate) edge: EdgeConfig,
    /// The configuration of `consumer`.
    pub(crate) consumer: ConsumerConfig,
    /// The configuration of `webhook`.
    pub(crate) webhooks: WebhookConfig,
    /// The whole configuration as one document, in JSON unless it was made up for a run without an
    /// emulator.
    pub(crate) document: Secret,
}

impl Settings {
    /// Reads the documents that the user gave.
    ///
    /// # Errors
    /// The documents cannot be read or parsed, or have no source that can be used; the error names
    /// their problems.
    pub(crate) fn of_files(files: &[PathBuf]) -> anyhow::Result<Settings> {
        let documents = Documents::read(files)?;
        let edge: EdgeConfig = documents.usable()?;
        if edge.sources.is_empty() {
            // The error names the problems, if problems are the reason.
            documents.config()?;
            bail!(
                "the configuration has no source ({}): it needs a table [sources.NAME]",
                documents.names()
            );
        }
        let webhooks: WebhookConfig = documents.usable()?;
        Ok(Settings {
            edge,
            consumer: documents.consumer(&webhooks)?,
            webhooks,
            document: Secret::new(Value::from(documents.merged().entries().clone()).to_string()),
        })
    }

    /// The current token of each source that has one.
    pub(crate) fn tokens(&self) -> BTreeMap<String, Secret> {
        let text = self.document.expose();
        let document = serde_json::from_str(text).ok();
        let document: Option<Value> = document.or_else(|| toml::from_str(text).ok());
        let sources = document
            .as_ref()
            .and_then(|it| it.get("sources")?.as_object());
        let tokens = sources.into_iter().flatten().filter_map(|(name, source)| {
            let token = source.get("tokens")?.get(0)?.as_str()?;
            Some((name.clone(), Secret::new(token)))
        });
        tokens.collect()
    }

    /// Warns of each problem: a part with a problem is not used, as in the functions.
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

    /// The targets that are not on a queue server of this machine.
    pub(crate) fn real_targets(&self) -> impl Iterator<Item = &Target> {
        let targets = self.consumer.targets.iter();
        targets.filter(|target| !target.kind.is_loopback())
    }

    /// Looks for AWS credentials, if there are targets outside this machine.
    ///
    /// # Errors
    /// There are no AWS credentials; the message is one line that says what to do.
    pub(crate) async fn require_credentials(&self) -> anyhow::Result<()> {
        let Some(Target { name, kind, .. }) = self.real_targets().next() else {
            return Ok(());
        };
        let found = timeout(CREDENTIALS_LIMIT, Aws::anywhere().credentials()).await;
        let why = match found {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "nothing answered in time".to_owned(),
        };
        bail!(
            "the target {name} is {kind}, and there are no AWS credentials ({why}): set \
             AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or forward to local queues \
             with --local-targets"
        )
    }

    /// The settings for sources that were made up for a run.
    ///
    /// # Errors
    /// An error is a bug in this program.
    pub(crate) fn of_demo(sources: &[DemoSource]) -> anyhow::Result<Settings> {
        Settings::of_document(&demo::document(sources))
    }

    /// The settings from the parts of a document that can be used.
    ///
    /// # Errors
    /// The document cannot be parsed.
    pub(crate) fn of_document(text: &str) -> anyhow::Result<Settings> {
        Ok(Settings {
            edge: EdgeConfig::usable(&[text])?,
            consumer: ConsumerConfig::usable(&[text])?,
            webhooks: WebhookConfig::usable(&[text])?,
            document: Secret::new(text),
        })
    }
}
