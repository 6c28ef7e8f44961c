//! The configuration of a run, as the functions see it.

use super::demo::{self, DemoSource};
use anyhow::{Context, bail};
use std::{fs, path::Path};
use thingrelay::{
    config::{Config, Reader},
    secret::Secret,
};

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
