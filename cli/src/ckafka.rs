//! The client for CKafka, if the command is built with the client.
//!
//! librdkafka is written in C. The feature `ckafka` adds it, and the build then needs cmake, perl
//! and a C compiler. No other module knows the feature: without it, [`client`] has the same
//! functions, and they explain how to build the command.

#[cfg(feature = "ckafka")]
#[path = "ckafka/client.rs"]
mod client;
#[cfg(not(feature = "ckafka"))]
#[path = "ckafka/without_client.rs"]
mod client;

pub(crate) use client::{ProduceError, Producer, check, pull};

use anyhow::bail;
use thingrelay_core::config::{EdgeConfig, EdgeSource, Ingress};

/// The sources that are pulled from CKafka.
pub(crate) fn pulled(config: &EdgeConfig) -> impl Iterator<Item = &EdgeSource> {
    config
        .sources
        .values()
        .filter(|source| match &source.ingress {
            Ingress::Ckafka(ckafka) => ckafka.pull.is_some(),
            _ => false,
        })
}

/// Fails if a source is pulled from CKafka and this command was built without the client.
///
/// # Errors
/// The message explains how to build the command with the client.
pub(crate) fn require_client(config: &EdgeConfig) -> anyhow::Result<()> {
    match (pulled(config).next(), client::MISSING) {
        (Some(source), Some(missing)) => {
            bail!("source {} is pulled from CKafka, {missing}", source.name)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(lines: &str) -> EdgeConfig {
        let text = format!(
            "[sources.plant]\nplatform = \"tencent-iot-hub\"\nchannel = \"ckafka\"\ntopics = [\"iot\"]\n{lines}"
        );
        EdgeConfig::parse(&[&text]).unwrap()
    }

    #[test]
    fn only_a_source_with_a_group_needs_the_client() {
        assert!(require_client(&config("")).is_ok());
        let pulled = "group = \"g\"\nbrokers = [\"127.0.0.1:1\"]\nsecurity = \"plaintext\"\n";
        let error = require_client(&config(pulled)).map_err(|error| error.to_string());
        assert_eq!(error.is_ok(), client::MISSING.is_none(), "{error:?}");
        if let Err(error) = error {
            for alias in ["cargo dev-ckafka", "cargo thingrelay-ckafka"] {
                assert!(error.contains(alias), "{error}");
            }
        }
    }
}
