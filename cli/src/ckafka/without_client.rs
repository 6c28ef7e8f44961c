//! The functions of the commands that stand in for the client.

use crate::report::{Findings, Outcome};
use std::time::Duration;
use thingrelay::{clock::Clock, ordered::Sender, pull::PullSummary};
use thingrelay_core::config::{Ckafka, EdgeConfig, EdgeSource, KafkaPull, KafkaSecurity};

/// How to build the command with the client. The text follows the reason why the client is needed.
const WITHOUT_CLIENT: &str = "and this command was built without the client for it: \
    use `cargo dev-ckafka` in place of `cargo dev`, `cargo thingrelay-ckafka` in place of \
    `cargo thingrelay`, or build with `--features ckafka` (which needs cmake, perl and a C compiler)";

/// How to build the command with the client, if it is built without.
pub(super) const MISSING: Option<&str> = Some(WITHOUT_CLIENT);

/// Pulls nothing: [`require_client`](super::require_client) has already failed.
pub(crate) async fn pull<S: Sender + Sync>(
    _: &EdgeConfig,
    _: &S,
    _: Clock,
    _: &str,
    _: impl Future<Output = ()> + Send,
) -> Vec<PullSummary> {
    Vec::new()
}

/// Tries nothing.
pub(crate) async fn check(
    source: &EdgeSource,
    _: &Ckafka,
    _: &KafkaPull,
    _: Duration,
    _: Duration,
) -> Findings {
    let why = format!("it is pulled from CKafka, {WITHOUT_CLIENT}");
    vec![(source.name.to_string(), Outcome::Untried(why))]
}

/// A producer that cannot be made.
#[derive(Clone)]
pub(crate) enum Producer {}

/// Why a record is not stored.
#[derive(Debug, thiserror::Error)]
#[error("{code}")]
pub(crate) struct ProduceError {
    pub(crate) code: String,
}

impl Producer {
    /// # Errors
    /// Every call fails; the message explains how to build the command with the client.
    pub(crate) fn new(
        _: &[String],
        _: &KafkaSecurity,
        _: &str,
        _: Duration,
    ) -> anyhow::Result<Producer> {
        anyhow::bail!("records are produced to CKafka, {WITHOUT_CLIENT}")
    }

    pub(crate) async fn produce(&self, _: &str, _: &[u8]) -> Result<Duration, ProduceError> {
        match *self {}
    }
}
