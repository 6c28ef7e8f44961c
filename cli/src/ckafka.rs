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

pub(crate) use client::{Link, check, pull};

use crate::check::report::Outcome;
use anyhow::bail;
use thingrelay_core::config::{EdgeConfig, EdgeSource, Ingress};

/// The results for one source: the title of each attempt, and its outcome.
pub(crate) type Findings = Vec<(String, Outcome)>;

/// How to build the command with the client. The text follows the reason why the client is needed.
const WITHOUT_CLIENT: &str = "and this command was built without the client for it: \
    use `cargo dev-ckafka` in place of `cargo dev`, `cargo thingrelay-ckafka` in place of \
    `cargo thingrelay`, or build with `--features ckafka` (which needs cmake, perl and a C compiler)";

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
    match pulled(config).next() {
        Some(source) if !client::IS_THERE => {
            bail!(
                "source {} is pulled from CKafka, {WITHOUT_CLIENT}",
                source.name
            )
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
        assert_eq!(error.is_ok(), client::IS_THERE, "{error:?}");
        if let Err(error) = error {
            for alias in ["cargo dev-ckafka", "cargo thingrelay-ckafka"] {
                assert!(error.contains(alias), "{error}");
            }
        }
    }
}
