//! Sources, targets and limits, parsed from documents; every problem is reported at once.
//!
//! Settings and secrets are two documents of one schema, TOML or JSON; on one machine both may
//! stand in one. [`Config::parse`] lays the documents over one another and reads the result.
//!
//! # Layout
//!
//! * [`document`]: TOML or JSON text, and how one document is laid over another.
//! * [`source`]: what a source's table may say.
//! * [`http`]: what it may say besides where the source is pushed over HTTP.
//! * [`ckafka`]: what it may say besides where the source's records come from CKafka.
//! * [`tuya`]: what it may say besides where the platform is Tuya.
//! * [`certificates`]: certificates in PEM.
//! * [`target`]: what a target's table may say.
//! * [`name`]: names that a user gave: which may be shown, and what may have been meant.
//! * [`problem`]: what is wrong, where.
//! * [`live`]: the configuration in use, which may be replaced while it is.
//! * [`refresh`]: the documents read again from time to time.
//! * [`environment`]: the environment variables of the functions; no other module reads any.

pub mod certificates;
pub mod ckafka;
pub mod document;
pub mod environment;
pub mod http;
pub mod live;
pub mod name;
pub mod problem;
pub mod refresh;
pub mod source;
mod table;
pub mod target;
pub mod tuya;

pub use certificates::Certificates;
pub use ckafka::{Ckafka, KafkaEncryption, KafkaLogin, KafkaMechanism, KafkaPull, KafkaSecurity};
pub use http::Authentication;
pub use live::Live;
pub use problem::{Problem, Problems};
pub use refresh::Refresh;
pub use source::{Ingress, Source};
pub use target::{SqsTarget, Target, TargetKind};
pub use tuya::Tuya;

use crate::source::SourceName;
use document::Document;
use std::collections::BTreeMap;
use table::Table;

/// A configuration without problems.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// By name.
    pub sources: BTreeMap<SourceName, Source>,
    /// In the order of their names.
    pub targets: Vec<Target>,
}

/// Who reads: it decides which secrets have to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The functions that authenticate: every HTTP source needs its tokens.
    Edge,
    /// The consumer: knows no secret of a platform, and what stands there is passed over.
    Consumer,
}

impl Config {
    /// Reads documents, later ones laid over earlier ones.
    ///
    /// # Errors
    /// Everything that is wrong, at once. No message contains a value that may be secret.
    pub fn parse(documents: &[&str], reader: Reader) -> Result<Config, Problems> {
        let mut merged = Document::default();
        let mut problems = Problems::default();
        for text in documents {
            match Document::parse(text) {
                Ok(document) => merged.overlay(document),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut root = Table::root(merged.into_map());
        let mut config = Config::default();
        for (name, table) in root.tables("sources", &mut problems) {
            let path = format!("sources.{}", name::shown(&name));
            let Some(name) = SourceName::parse(&name) else {
                problems.push(Problem::new(
                    path,
                    "a source's name is 1 to 64 of a-z, 0-9, - and _, and begins with a letter or digit",
                ));
                continue;
            };
            if let Some(source) = source::read(&name, table, reader, &mut problems) {
                config.sources.insert(name, source);
            }
        }
        for (name, table) in root.tables("targets", &mut problems) {
            if let Some(target) = target::read(&name, table, &mut problems) {
                config.targets.push(target);
            }
        }
        root.finish(&mut problems);
        http::check_overlaps(&config.sources, &mut problems);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests;
