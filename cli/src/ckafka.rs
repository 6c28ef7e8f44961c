//! Sources that are pulled from CKafka, in a command that is built with the client for it.
//!
//! librdkafka is written in C: the feature `ckafka` brings it, and takes cmake, perl and a compiler of
//! C to build. Without it, a source that is pulled is an error that says so.

use anyhow::bail;
use thingrelay_core::config::{EdgeConfig, EdgeSource, Ingress};

/// The sources that are pulled from CKafka.
pub fn pulled(config: &EdgeConfig) -> impl Iterator<Item = &EdgeSource> {
    config
        .sources
        .values()
        .filter(|source| match &source.ingress {
            Ingress::Ckafka(ckafka) => ckafka.pull.is_some(),
            _ => false,
        })
}

/// What a command says that was built without the client, behind what the client is needed for.
pub const WITHOUT_CLIENT: &str = "and this command was built without the client for it: \
    use `cargo dev-ckafka` in place of `cargo dev`, `cargo thingrelay-ckafka` in place of \
    `cargo thingrelay`, or build with `--features ckafka` (which takes cmake, perl and a compiler of C)";

/// Why a source without a group cannot be tried.
pub const OF_LAMBDA: &str = "Lambda's event source brings its records, and has the login";

/// Fails if a source is pulled from CKafka, and this command was built without the client for it.
///
/// # Errors
/// A sentence that says how to build it.
pub fn require_client(config: &EdgeConfig) -> anyhow::Result<()> {
    match pulled(config).next() {
        Some(source) if !cfg!(feature = "ckafka") => {
            bail!(
                "source {} is pulled from CKafka, {WITHOUT_CLIENT}",
                source.name
            )
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "ckafka")]
pub use client::pull;
#[cfg(not(feature = "ckafka"))]
pub use none::pull;

#[cfg(feature = "ckafka")]
mod client {
    use thingrelay::{clock::Clock, ordered::Sender, pull::Drained};
    use thingrelay_core::config::EdgeConfig;
    use thingrelay_kafka::Member;

    /// Pulls every CKafka source that has a group until `until` is done, as the member of that
    /// name.
    pub async fn pull<S: Sender + Sync>(
        config: &EdgeConfig,
        staging: &S,
        clock: Clock,
        member: &str,
        until: impl Future<Output = ()> + Send,
    ) -> Vec<Drained> {
        thingrelay_kafka::run(config, staging, clock, &Member::named(member), until).await
    }
}

#[cfg(not(feature = "ckafka"))]
mod none {
    use thingrelay::{clock::Clock, ordered::Sender, pull::Drained};
    use thingrelay_core::config::EdgeConfig;

    /// Nothing: [`require_client`](super::require_client) has failed before.
    pub async fn pull<S: Sender + Sync>(
        _: &EdgeConfig,
        _: &S,
        _: Clock,
        _: &str,
        _: impl Future<Output = ()> + Send,
    ) -> Vec<Drained> {
        Vec::new()
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
        assert_eq!(error.is_ok(), cfg!(feature = "ckafka"), "{error:?}");
        if let Err(error) = error {
            for alias in ["cargo dev-ckafka", "cargo thingrelay-ckafka"] {
                assert!(error.contains(alias), "{error}");
            }
        }
    }
}
