//! The files that pass settings and queue URLs to the functions in the emulator.
//!
//! `[workspace.metadata.lambda.watch]` in the workspace's `Cargo.toml` names [`ENV_FILE`], so that
//! `cargo lambda watch` reads that file by default. The file names the settings. These are the
//! user's with one more target, [`forwarded::TARGET`], or made up.

use super::{example, forwarded};
pub(crate) use crate::dev::private_file::Change;
use crate::dev::{
    demo::{self, DemoSource},
    private_file::replace,
    queues::{FedQueue, Queues},
};
use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use thingrelay::environment;
use thingrelay_core::{config::ConsumerConfig, secret::Secret};

/// The file of the functions' environment, relative to the workspace's directory.
pub(crate) const ENV_FILE: &str = "target/thingrelay/lambda.env";
/// The settings made from the user's configuration, in the same directory.
const SETTINGS: &str = "settings.json";
/// The settings made up for a run without a configuration, in the same directory. Their tokens are
/// kept from run to run, so that functions that keep running still know them.
const MADE_UP: &str = "made-up.json";

/// The directory of these files.
#[derive(Debug, Clone)]
pub(crate) struct Handover {
    env_file: PathBuf,
    directory: PathBuf,
}

impl Handover {
    /// Finds the workspace of the working directory.
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
                "--lambda only works in the workspace of the functions, but there is no Cargo.lock in {} or above it",
                working.display()
            );
        };
        Handover::of(workspace)
    }

    /// Uses the directory of a workspace.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(crate) fn of(workspace: &Path) -> anyhow::Result<Handover> {
        let env_file = workspace.join(ENV_FILE);
        let directory = env_file.parent().unwrap_or(workspace).to_owned();
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create the directory {}", directory.display()))?;
        Ok(Handover {
            env_file,
            directory,
        })
    }

    /// The file of the functions' environment.
    pub(crate) fn env_file(&self) -> &Path {
        &self.env_file
    }

    /// The sources of a run without a configuration: those of the last run, or new sources.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub(crate) fn sources(&self) -> io::Result<Vec<DemoSource>> {
        let text = fs::read_to_string(self.directory.join(MADE_UP)).unwrap_or_default();
        let kept = demo::with_tokens_of(&text, serde_json::from_str(&text).ok())?;
        kept.map_or_else(demo::sources, Ok)
    }

    /// Writes both files for the functions of an emulator. The settings are a JSON document. The
    /// queues of webhooks have the names of the targets.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(crate) fn write(
        &self,
        settings: &Secret,
        origin: Origin,
        queues: &Queues,
        events: &Events,
        webhooks: &[(String, FedQueue)],
    ) -> anyhow::Result<Change> {
        let mut settings: Map<String, Value> = serde_json::from_str(settings.expose())?;
        set_queues(&mut settings, webhooks);
        add_targets(&mut settings, events);
        let mut text = serde_json::to_string_pretty(&settings)?;
        text.push('\n');
        let name = match origin {
            Origin::User => SETTINGS,
            Origin::MadeUp => MADE_UP,
        };
        let settings = self.directory.join(name);
        let mut variables = vec![
            (environment::CONFIG_FILE, path_text(&settings)?),
            (environment::STAGING_QUEUE_URL, &queues.staging),
            (environment::QUARANTINE_QUEUE_URL, &queues.quarantine),
            (environment::EVENTS_QUEUE_URL, &events.queue),
        ];
        // The emulator has one function `webhook`, and its environment names one target.
        if let Some((target, queue)) = webhooks.first() {
            variables.extend([
                (environment::WEBHOOK_TARGET, target.as_str()),
                (environment::WEBHOOK_QUEUE_URL, &queue.url),
                (environment::DEAD_LETTER_QUEUE_URL, &queue.dead_letters),
            ]);
        }
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

/// The origin of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From the user's configuration.
    User,
    /// Made up for a run without a configuration.
    MadeUp,
}

/// The URLs of the queues that receive events.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    /// The target if the settings have no targets.
    pub(crate) queue: String,
    pub(crate) forwarded: String,
}

/// The document with the sources made up for a run and those of the examples.
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

/// Gives each webhook its queue.
fn set_queues(settings: &mut Map<String, Value>, webhooks: &[(String, FedQueue)]) {
    let Some(Value::Object(targets)) = settings.get_mut("targets") else {
        return;
    };
    for (target, queue) in webhooks {
        if let Some(Value::Object(target)) = targets.get_mut(target) {
            target.insert("queue_url".to_owned(), json!(queue.url));
        }
    }
}

fn add_targets(settings: &mut Map<String, Value>, events: &Events) {
    let target = |url: &str| json!({"type": "sqs", "queue_url": url});
    let targets = settings.entry("targets").or_insert_with(|| json!({}));
    if let Value::Object(targets) = targets {
        if targets.is_empty() {
            targets.insert("events".to_owned(), target(&events.queue));
        }
        let mut last = target(&events.forwarded);
        if let Some(filters) = filters_of_any(targets) {
            last["filters"] = filters;
        }
        targets.insert(forwarded::TARGET.to_owned(), last);
    }
}

/// Filters that an event passes if it passes those of one of the targets; `None` if a target takes
/// every event, or if the limits of filters leave no room for those of all targets together.
fn filters_of_any(targets: &Map<String, Value>) -> Option<Value> {
    let of_target = |target: &Value| match target.get("filters")?.as_array()?.as_slice() {
        [] => None,
        [filter] => Some(filter.clone()),
        filters => Some(json!({"all": filters})),
    };
    let any: Option<Vec<Value>> = targets.values().map(of_target).collect();
    let filters = json!([{"any": any?}]);
    let target = json!({"type": "sqs", "queue_url": "http://127.0.0.1/0/a", "filters": filters});
    let document = json!({"targets": {"a": target}}).to_string();
    ConsumerConfig::parse(&[&document]).ok()?;
    Some(filters)
}

/// The path as text that is valid between the quotes of a line.
fn path_text(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .filter(|text| !text.contains(['\'', '\n', '\r']))
        .with_context(|| {
            format!(
                "{} cannot be in an environment file: choose a directory without quotes in its name",
                path.display()
            )
        })
}

#[cfg(test)]
mod tests;
