//! The configuration that files make together.

use super::input::Input;
use crate::ckafka;
use anyhow::Context;
use std::path::PathBuf;
use thingrelay_core::{
    config::{EdgeConfig, Ingress, Problems},
    source::Platform,
};

/// Reads settings and secrets, later files laid over earlier ones, as the functions do that
/// authenticate.
///
/// # Errors
/// A file cannot be read, or there are problems, which are all named.
pub fn read(files: &[PathBuf]) -> anyhow::Result<EdgeConfig> {
    let mut texts = Vec::new();
    let mut names = Vec::new();
    let mut unreadable = Problems::default();
    for file in files {
        match Input::read(file) {
            Ok(Input { name, text }) => {
                names.push(name);
                texts.push(text);
            }
            Err(problem) => unreadable.push(problem),
        }
    }
    if !unreadable.is_empty() {
        return Err(unreadable.into());
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    EdgeConfig::parse(&texts)
        .with_context(|| format!("the configuration has problems ({})", names.join(", ")))
}

/// Reads a configuration that has a source which is pulled from CKafka, in a command that can.
///
/// # Errors
/// As of [`read`], or it has none, or the client is missing.
pub fn read_with_ckafka(files: &[PathBuf]) -> anyhow::Result<EdgeConfig> {
    let config = read(files)?;
    anyhow::ensure!(
        ckafka::pulled(&config).next().is_some(),
        "the configuration has no source with channel = \"ckafka\" and a group"
    );
    ckafka::require_client(&config)?;
    Ok(config)
}

/// Reads a configuration that has a Tuya source.
///
/// # Errors
/// As of [`read`], or it has none.
pub fn read_with_tuya(files: &[PathBuf]) -> anyhow::Result<EdgeConfig> {
    let config = read(files)?;
    let mut sources = config.sources.values();
    anyhow::ensure!(
        sources.any(|source| source.platform == Platform::Tuya),
        "the configuration has no source with platform = \"tuya\""
    );
    Ok(config)
}

/// Reads a configuration that has a source which somebody has to pull, from Tuya or CKafka.
///
/// # Errors
/// As of [`read`], or it has none.
pub fn read_with_pulled(files: &[PathBuf]) -> anyhow::Result<EdgeConfig> {
    let config = read(files)?;
    let mut sources = config.sources.values();
    anyhow::ensure!(
        sources.any(|source| matches!(source.ingress, Ingress::Tuya(_) | Ingress::Ckafka(_))),
        "the configuration has no source with platform = \"tuya\" or channel = \"ckafka\""
    );
    Ok(config)
}
