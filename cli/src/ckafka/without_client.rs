//! The functions of the commands that stand in for the client.

use super::{Findings, WITHOUT_CLIENT};
use crate::{
    check::{Waits, report::Outcome},
    send::{
        plan::{Device, Message},
        tally::Tally,
        worker,
    },
};
use std::{convert::Infallible, time::Duration};
use thingrelay::{clock::Clock, ordered::Sender, pull::PullSummary};
use thingrelay_core::config::{Ckafka, EdgeConfig, EdgeSource, KafkaPull, KafkaSecurity};

/// Whether the command is built with the client.
pub(super) const IS_THERE: bool = false;

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
pub(crate) async fn check(source: &EdgeSource, _: &Ckafka, _: &KafkaPull, _: Waits) -> Findings {
    let why = format!("it is pulled from CKafka, {WITHOUT_CLIENT}");
    vec![(source.name.to_string(), Outcome::Untried(why))]
}

/// A producer that cannot be opened.
#[derive(Clone)]
pub(crate) struct Link(Infallible);

impl Link {
    /// # Errors
    /// Every call fails; the message explains how to build the command with the client.
    pub(crate) fn open(
        _: &[String],
        _: &KafkaSecurity,
        _: &str,
        _: Duration,
    ) -> anyhow::Result<Link> {
        anyhow::bail!("records are produced to CKafka, {WITHOUT_CLIENT}")
    }

    /// Nothing.
    pub(crate) fn trouble(&self) -> Option<String> {
        match self.0 {}
    }
}

impl worker::Link for Link {
    async fn attempt(&mut self, _: &Device, _: &Message, _: &mut Tally) -> Result<(), String> {
        match self.0 {}
    }
}
