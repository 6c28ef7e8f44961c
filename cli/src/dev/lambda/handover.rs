//! The files by which the functions in the emulator get settings and queue URLs.
//!
//! `[workspace.metadata.lambda.watch]` in the workspace's `Cargo.toml` names [`ENV_FILE`], so that
//! `cargo lambda watch` reads it without being told. It names the settings, which are the user's
//! with one more target, [`forwarded::TARGET`], or made up.

use super::{example, forwarded};
pub(crate) use crate::dev::private_file::Change;
use crate::dev::{
    demo::{self, DemoSource},
    private_file::replace,
    queues::Queues,
};
use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use thingrelay::environment;
use thingrelay_core::secret::Secret;

/// The file of the functions' environment, from the workspace's directory.
pub(crate) const ENV_FILE: &str = "target/thingrelay/lambda.env";
/// Beside it: the settings made from the user's configuration.
const SETTINGS: &str = "settings.json";
/// Beside it: the settings made up for a run without one. Its tokens are kept from run to run, so
/// that functions that go on running still know them.
const MADE_UP: &str = "made-up.json";

/// The directory of these files.
#[derive(Debug, Clone)]
pub(crate) struct Handover {
    env_file: PathBuf,
    directory: PathBuf,
}

impl Handover {
    /// In the workspace of the working directory.
    ///
    /// # Errors
    /// The working directory is in no workspace, or the directory cannot be made there.
    pub(crate) fn find() -> anyhow::Result<Handover> {
        let working = std::env::current_dir().context("there is no working directory")?;
        let Some(workspace) = working
            .ancestors()
            .find(|directory| directory.join("Cargo.lock").is_file())
        else {
            bail!(
                "--lambda works in the workspace of the functions, and there is no Cargo.lock in {} or above it",
                working.display()
            );
        };
        Handover::of(workspace)
    }

    /// In a workspace's directory.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(crate) fn of(workspace: &Path) -> anyhow::Result<Handover> {
        let env_file = workspace.join(ENV_FILE);
        let directory = env_file.parent().unwrap_or(workspace).to_owned();
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot make the directory {}", directory.display()))?;
        Ok(Handover {
            env_file,
            directory,
        })
    }

    /// The file of the functions' environment.
    pub(crate) fn env_file(&self) -> &Path {
        &self.env_file
    }

    /// The sources of a run without configuration: those of the last one, or new ones.
    ///
    /// # Errors
    /// Only when the operating system gives no random bytes.
    pub(crate) fn sources(&self) -> io::Result<Vec<DemoSource>> {
        let text = fs::read_to_string(self.directory.join(MADE_UP)).unwrap_or_default();
        let kept = demo::with_tokens_of(&text, serde_json::from_str(&text).ok())?;
        kept.map_or_else(demo::sources, Ok)
    }

    /// Writes both files, for the functions of an emulator. The settings are a document in JSON.
    ///
    /// # Errors
    /// They cannot be written.
    pub(crate) fn write(
        &self,
        settings: &Secret,
        origin: Origin,
        queues: &Queues,
        events: &Events,
    ) -> anyhow::Result<Change> {
        let mut settings: Map<String, Value> = serde_json::from_str(settings.expose())?;
        add_targets(&mut settings, events);
        let mut text = serde_json::to_string_pretty(&settings)?;
        text.push('\n');
        let name = match origin {
            Origin::User => SETTINGS,
            Origin::MadeUp => MADE_UP,
        };
        let settings = self.directory.join(name);
        let variables = [
            (environment::CONFIG_FILE, path_text(&settings)?),
            (environment::STAGING_QUEUE_URL, &queues.staging),
            (environment::QUARANTINE_QUEUE_URL, &queues.quarantine),
            (environment::EVENTS_QUEUE_URL, &events.queue),
        ];
        let environment: String = variables
            .iter()
            .map(|(name, value)| format!("{name}='{value}'\n"))
            .collect();
        let changes = [
            replace(&settings, &text)?,
            replace(&self.env_file, &environment)?,
        ];
        Ok(if changes.contains(&Change::Some) {
            Change::Some
        } else {
            Change::None
        })
    }
}

/// Where settings come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From the user's configuration.
    User,
    /// Made up for a run without one.
    MadeUp,
}

/// The URLs of the queues of events.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    /// The target of settings without targets.
    pub(crate) queue: String,
    /// The last target.
    pub(crate) forwarded: String,
}

/// The document of sources made up for a run, and of the examples.
pub(crate) fn document(sources: &[DemoSource]) -> String {
    let mut tables: Map<String, Value> = sources
        .iter()
        .map(|source| {
            let table = json!({"platform": source.platform.to_string(), "tokens": [source.token]});
            (source.name.to_owned(), table)
        })
        .collect();
    tables.extend(example::tables());
    json!({"sources": tables}).to_string()
}

fn add_targets(settings: &mut Map<String, Value>, events: &Events) {
    let target = |url: &str| json!({"type": "sqs", "queue_url": url});
    let targets = settings.entry("targets").or_insert_with(|| json!({}));
    if let Value::Object(targets) = targets {
        if targets.is_empty() {
            targets.insert("events".to_owned(), target(&events.queue));
        }
        targets.insert(forwarded::TARGET.to_owned(), target(&events.forwarded));
    }
}

/// What can stand between the quotes of a line.
fn path_text(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .filter(|text| !text.contains(['\'', '\n', '\r']))
        .with_context(|| {
            format!(
                "{} cannot stand in an environment file: choose a directory without quotes in its name",
                path.display()
            )
        })
}

#[cfg(test)]
mod tests;
