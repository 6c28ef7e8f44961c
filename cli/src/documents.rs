//! The documents with settings and secrets that a command gets.
//!
//! # Layout
//!
//! * [`input`]: the text of a document, from a file or from standard input.

pub(crate) mod input;

use anyhow::Context;
use input::Input;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use thingrelay_core::config::{
    Config, ConfigError, ConsumerConfig, EdgeConfig, Problem, Problems, ReadSource, Target,
    TargetKind, WebhookConfig, document::Document,
};

/// The argument that names documents.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ConfigFiles {
    /// Settings, secrets or both, in TOML or JSON. Documents are merged, and a later one wins;
    /// and `-` is standard input.
    #[arg(long = "config", value_name = "FILE", num_args = 1..)]
    pub(crate) files: Vec<PathBuf>,
}

/// Documents that can be parsed. Each is laid over the documents before it.
#[derive(Default)]
pub(crate) struct Documents {
    parsed: Vec<(Input, Document)>,
}

impl ConfigFiles {
    /// Reads the configuration from the documents, as the functions that authenticate read it.
    ///
    /// # Errors
    /// A document cannot be read, or there are problems; the error names all of them.
    pub(crate) fn config(&self) -> anyhow::Result<EdgeConfig> {
        Documents::read(&self.files)?.config()
    }
}

impl Documents {
    /// Reads and parses documents.
    ///
    /// # Errors
    /// The error names all documents that cannot be read or parsed.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Documents, ConfigError> {
        let mut parsed = Vec::new();
        let mut problems = Problems::default();
        for file in files {
            let read = Input::read(file).and_then(|input| {
                let document = Document::parse(&input.text).map_err(|problem| {
                    Problem::new(
                        format!("{}, {}", input.name, problem.place),
                        problem.message,
                    )
                })?;
                Ok((input, document))
            });
            match read {
                Ok(read) => parsed.push(read),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(Documents { parsed })
        } else {
            Err(ConfigError(problems))
        }
    }

    /// The configuration, if there are no problems.
    ///
    /// # Errors
    /// The error names all problems.
    pub(crate) fn config(&self) -> anyhow::Result<EdgeConfig> {
        let config: EdgeConfig = self.usable()?;
        let problems = config.broken.problems();
        if problems.is_empty() {
            return Ok(config);
        }
        Err(ConfigError(problems)).with_context(|| self.has_problems())
    }

    /// The parts of the configuration that can be used.
    ///
    /// # Errors
    /// No part can be used; the error says why.
    pub(crate) fn usable<S: ReadSource>(&self) -> anyhow::Result<Config<S>> {
        self.usable_with("{}")
    }

    /// The same, with one more document laid over them.
    ///
    /// # Errors
    /// No part can be used; the error says why.
    pub(crate) fn usable_with<S: ReadSource>(&self, last: &str) -> anyhow::Result<Config<S>> {
        let mut texts = self.texts();
        texts.push(last);
        let mut config = Config::usable(&texts)
            .map_err(|error| ConfigError(self.named_all(&error.0)))
            .with_context(|| self.has_problems())?;
        let broken = &mut config.broken;
        let of_sources = broken.sources.values_mut();
        let of_sources = of_sources.map(|source| &mut source.problems);
        for problems in of_sources
            .chain(broken.targets.values_mut())
            .chain([&mut broken.rest])
        {
            *problems = self.named_all(problems);
        }
        Ok(config)
    }

    /// The configuration, as the consumer reads it. Each webhook has a made-up queue, which the
    /// consumer requires: on this machine, queues are made later.
    ///
    /// # Errors
    /// No part can be used; the error says why.
    pub(crate) fn consumer(&self, webhooks: &WebhookConfig) -> anyhow::Result<ConsumerConfig> {
        let is_webhook = |target: &&Target| matches!(target.kind, TargetKind::Webhook(_));
        let names = webhooks.targets.iter().filter(is_webhook);
        let queue = json!({"queue_url": "http://127.0.0.1/000000000000/webhook.fifo"});
        let queues = names.map(|target| (target.name.clone(), queue.clone()));
        let queues = json!({"targets": queues.collect::<Map<String, Value>>()});
        self.usable_with(&queues.to_string())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Input, &Document)> {
        self.parsed
            .iter()
            .map(|(input, document)| (input, document))
    }

    /// The number of documents.
    pub(crate) fn count(&self) -> usize {
        self.parsed.len()
    }

    /// The texts of the documents, which may hold secrets.
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.iter().map(|(input, _)| input.text.as_str()).collect()
    }

    /// The names of the documents, separated by commas.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.iter().map(|(input, _)| input.name.as_str()).collect();
        names.join(", ")
    }

    /// Merges all documents into one.
    pub(crate) fn merged(&self) -> Document {
        let mut merged = Document::default();
        for (_, document) in self.iter() {
            merged.overlay(document.clone());
        }
        merged
    }

    /// Adds the name of its document to the problem, if there are several documents.
    pub(crate) fn named(&self, mut problem: Problem) -> Problem {
        let Some(location) = problem.location.filter(|_| self.count() > 1) else {
            return problem;
        };
        problem.location = None;
        let Some((input, _)) = self.iter().nth(location.document) else {
            return problem;
        };
        let place = format!(" ({}, line {})", input.name, location.line);
        problem.message.push_str(&place);
        problem
    }

    fn named_all(&self, problems: &Problems) -> Problems {
        problems
            .iter()
            .map(|problem| self.named(problem.clone()))
            .collect()
    }

    fn has_problems(&self) -> String {
        format!("the configuration has problems ({})", self.names())
    }
}
