//! Parses sources, targets and limits from documents, and reports every problem at once.
//!
//! Settings and secrets are two documents of one schema, in TOML or JSON. On one machine, one
//! document may hold both. [`Config::parse`] merges the documents, reads the result, and refuses it
//! if anything is wrong. [`Config::usable`] keeps the sources and targets without problems, for a
//! function: a source with a problem must not stop the others.
//!
//! # Layout
//!
//! * [`document`]: TOML or JSON text, and the merge of documents.
//! * [`source`]: the settings of a source that every program reads.
//! * [`edge`]: a source, for the programs that take messages from a platform.
//! * [`consumer`]: a source, for the consumer.
//! * [`event_source`]: a source, for the function that Lambda's event source calls.
//! * [`http`]: the further settings of a source that is pushed over HTTP.
//! * [`ckafka`]: the further settings of a source whose records come from CKafka.
//! * [`tuya`]: the further settings of a source of Tuya.
//! * `conflict`: refuses sources that share a token or a subscription.
//! * [`key`]: the keys of a table: their values and their meaning.
//! * [`schema`]: the JSON Schema of documents.
//! * [`certificates`]: certificates in PEM.
//! * [`target`]: the settings of a target.
//! * [`webhook`]: the settings and secrets of a webhook.
//! * `filter`: reads and checks the filters of a target.
//! * [`name`]: names that a user gave: which may be shown, and which known name was meant.
//! * `found`: describes a wrong value without showing a secret.
//! * [`problem`]: a problem of a document, and its place.
//! * [`secrets`]: the keys that belong to the secrets.
//! * [`broken`]: the sources and targets that have problems and are out of use.

pub mod broken;
pub mod certificates;
pub mod ckafka;
mod conflict;
pub mod consumer;
pub mod document;
pub mod edge;
pub mod event_source;
mod filter;
mod found;
pub mod http;
pub mod key;
mod locating;
pub mod name;
pub mod problem;
pub mod schema;
pub mod secrets;
pub mod source;
mod table;
pub mod target;
pub mod tuya;
pub mod webhook;

pub use broken::{Broken, BrokenSource};
pub use certificates::Certificates;
pub use ckafka::{
    Authorities, Ckafka, ClientCertificate, KafkaEncryption, KafkaLogin, KafkaMechanism, KafkaPull,
    KafkaSecurity, KafkaTls, Topics,
};
pub use consumer::ConsumerSource;
pub use edge::{EdgeSource, Ingress};
pub use event_source::TopicSource;
pub use http::Authentication;
pub use locating::locate;
pub use problem::{ConfigError, Location, Problem, Problems};
pub use secrets::SECRETS;
pub use source::ReadSource;
pub use target::{EventBridgeTarget, SnsTarget, SqsTarget, Target, TargetKind};
pub use tuya::Tuya;
pub use webhook::{Allowed, Content, WebhookSource, WebhookTarget};

use crate::source::SourceName;
use document::Document;
use std::collections::{BTreeMap, btree_map::Entry};
use table::Table;

/// The sources and targets without problems, and the problems of the others.
///
/// `S` is a source as one of the programs reads it: see [`EdgeConfig`], [`ConsumerConfig`],
/// [`EventSourceConfig`] and [`WebhookConfig`].
#[derive(Debug, Clone)]
pub struct Config<S: ReadSource> {
    /// By name.
    pub sources: BTreeMap<SourceName, S>,
    /// Sorted by name.
    pub targets: Vec<Target>,
    /// The secrets of the webhooks that have any in these documents, by the target's name.
    pub signing: BTreeMap<String, S::Signing>,
    /// The sources and targets that are out of use. Empty in a result of [`Config::parse`].
    pub broken: Broken,
}

/// The configuration of the programs that take messages from a platform.
pub type EdgeConfig = Config<EdgeSource>;
/// The configuration of the consumer, which has no secret of a platform.
pub type ConsumerConfig = Config<ConsumerSource>;
/// The configuration of the function that Lambda's event source for Kafka calls.
pub type EventSourceConfig = Config<TopicSource>;
/// The configuration of the function that sends to a webhook.
pub type WebhookConfig = Config<WebhookSource>;

impl<S: ReadSource> Default for Config<S> {
    fn default() -> Self {
        Config {
            sources: BTreeMap::new(),
            targets: Vec::new(),
            signing: BTreeMap::new(),
            broken: Broken::default(),
        }
    }
}

impl<S: ReadSource> Config<S> {
    /// Reads and merges documents. A later document wins.
    ///
    /// # Errors
    /// All problems, at once. No message contains a value that may be secret.
    pub fn parse(documents: &[&str]) -> Result<Self, ConfigError> {
        let config = Self::usable(documents)?;
        let problems = config.broken.problems();
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(problems))
        }
    }

    /// Reads documents as [`Config::parse`] does, and keeps the sources and targets without
    /// problems. The problems of the others are in [`Config::broken`].
    ///
    /// # Errors
    /// A document cannot be parsed, or `sources` is not a table: nothing of it can be used.
    pub fn usable(documents: &[&str]) -> Result<Self, ConfigError> {
        let documents = parse_each(documents)?;
        let mut merged = Document::default();
        for document in &documents {
            merged.overlay(document.clone());
        }
        let located = |problem: Problem| {
            let mut problems = Problems::from(problem);
            locating::locate_all(&mut problems, &documents);
            ConfigError(problems)
        };
        let mut root = Table::root(merged.into_map());
        let mut config = Self::default();
        let broken = &mut config.broken;
        for (name, table) in root.tables("sources").map_err(located)? {
            let Some(source) = SourceName::parse(&name) else {
                broken.rest.push(Problem::new(
                    format!("sources.{}", name::shown(&name)),
                    "a source's name is 1 to 64 of a-z, 0-9, - and _, and begins with a letter or digit",
                ));
                continue;
            };
            match table
                .map_err(BrokenSource::from)
                .and_then(|table| S::read(&source, table))
            {
                Ok(read) => _ = config.sources.insert(source, read),
                Err(wrong) => _ = broken.sources.insert(source, wrong),
            }
        }
        match root.tables("targets") {
            Err(problem) => _ = broken.targets.insert("targets".to_owned(), problem.into()),
            Ok(tables) => {
                for (name, table) in tables {
                    let read = table.map_err(Problems::from);
                    match read.and_then(|table| target::read::<S>(&name, table)) {
                        Ok((target, signing)) => {
                            config.targets.push(target);
                            config
                                .signing
                                .extend(signing.map(|signing| (name, signing)));
                        }
                        Err(problems) => _ = broken.targets.insert(name, problems),
                    }
                }
            }
        }
        root.finish_with(&["sources", "targets"], &mut broken.rest);
        for (name, problem) in conflict::find(&config.sources, &config.broken) {
            config.refuse(name, problem);
        }
        config.broken.locate(&documents);
        Ok(config)
    }

    /// Takes a source out of use.
    fn refuse(&mut self, name: SourceName, problem: Problem) {
        let right = self.sources.remove(&name);
        match (self.broken.sources.entry(name), right) {
            (Entry::Occupied(mut wrong), _) => wrong.get_mut().problems.push(problem),
            (Entry::Vacant(place), right) => {
                let mut wrong = BrokenSource::from(problem);
                if let Some(right) = right {
                    wrong.channel = right.channel();
                    wrong.tokens = right.tokens().to_vec();
                }
                place.insert(wrong);
            }
        }
    }

    /// Keeps the last good settings of each source and target that is broken in this configuration
    /// and was right in the one before, so that a slip loses no message. A source stays out of use
    /// if its last settings now conflict with those of another source.
    pub fn keep_last_good(&mut self, before: &Self) {
        let mut kept = Vec::new();
        for name in self.broken.sources.keys() {
            if let Some(source) = before.sources.get(name)
                && !self
                    .sources
                    .values()
                    .any(|other| source.conflicts_with(other))
            {
                kept.push(source.clone());
            }
        }
        for source in kept {
            self.broken.sources.remove(source.name());
            self.sources.insert(source.name().clone(), source);
        }
        for target in &before.targets {
            if self.broken.targets.remove(&target.name).is_some() {
                self.targets.push(target.clone());
                let signing = before.signing.get(&target.name).cloned();
                let signing = signing.map(|signing| (target.name.clone(), signing));
                self.signing.extend(signing);
            }
        }
        self.targets.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

fn parse_each(documents: &[&str]) -> Result<Vec<Document>, ConfigError> {
    let mut parsed = Vec::new();
    let mut problems = Problems::default();
    for text in documents {
        match Document::parse(text) {
            Ok(document) => parsed.push(document),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(parsed)
    } else {
        Err(ConfigError(problems))
    }
}

#[cfg(test)]
mod tests;
