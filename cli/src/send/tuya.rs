//! Produces messages to Tuya's message service, or to a broker that stands in for it.

use super::{
    args::Tuya,
    plan::{Content, Device, Message},
    run::{Prepared, Run},
    tally::{Summary, Tally},
    worker::Link,
};
use crate::{
    arguments::not_empty,
    platform::{
        Connector,
        producer::{self, Outgoing, Producer},
        tuya::Recipe,
    },
};
use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use rand::RngExt;
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use thingrelay::clock::Clock;
use thingrelay_core::tuya::{self, Access, AccessKey, Mode};

/// The possible mistakes if a broker does not allow producing.
const NOT_PRODUCING: &str = "\
The broker does not let us produce: as at Tuya, a project may consume messages but not produce them.
Give --producer-token, a bearer token that may produce.
";
/// The `protocol` of a message with a body that the user gives.
const DEFAULT_PROTOCOL: i64 = 4;

/// Produces the messages.
///
/// # Errors
/// The run cannot begin.
pub(super) async fn send(args: &Tuya, run: &mut Run) -> anyhow::Result<Summary> {
    let key = not_empty(args.access_key.as_ref()).context(
        "the access key is missing: give it with --access-key or in THINGRELAY_ACCESS_KEY",
    )?;
    let key = AccessKey::parse(key.expose())
        .context("an access key is at least 24 visible ASCII characters")?;
    let access = Access::new(args.access_id.clone(), key);
    let topic = args.environment.of_tuya().topic();
    let who = match not_empty(args.producer_token.as_ref()) {
        Some(token) => producer::Producing::Bearer(token.clone()),
        None => producer::Producing::Project(access.clone()),
    };
    let scheme = if args.url.is_tls() { "https" } else { "http" };
    let address = format!("{scheme}://{}:{}/", args.url.host(), args.url.port());
    let connector = Connector::new(&address.parse()?)?;
    let url = args.url.producer_url(&args.access_id, topic);
    let producer = Producer::new(connector, url, &who, args.messages.limit())
        .context("the producer token has characters that no HTTP header can have")?;
    let recipe = Recipe::of(args.kind).context("Tuya has no messages of this kind")?;
    let of_kind = recipe.protocol();
    let is_of_kind = args.messages.file.is_none() && args.messages.template.is_none();
    let producing = Producing {
        producer: Arc::new(producer),
        access,
        mode: args.encryption.mode(),
        protocol: if is_of_kind {
            of_kind
        } else {
            args.protocol.unwrap_or(DEFAULT_PROTOCOL)
        },
        attempts: Arc::default(),
    };
    let content = || Content::Tuya(recipe);
    let plan = match run.prepare(&args.messages, content).await? {
        Prepared::Plan(plan) => plan,
        Prepared::Ended(summary) => return Ok(summary),
    };
    let summary = run.play(&args.messages, plan, || producing.clone()).await?;
    let refusals = ["http_401", "http_403"];
    if refusals.iter().any(|code| summary.tally.has_refused(code)) {
        // An error is ignored: without a reader, nothing can be reported.
        let _ = io::stderr().lock().write_all(NOT_PRODUCING.as_bytes());
    }
    Ok(summary)
}

/// Encrypts, signs and produces.
#[derive(Clone)]
pub(crate) struct Producing {
    /// The connection, shared by all workers.
    pub(crate) producer: Arc<Producer>,
    /// The project that owns the messages.
    pub(crate) access: Access,
    /// How they are encrypted.
    pub(crate) mode: Mode,
    /// The `protocol` of the envelope.
    pub(crate) protocol: i64,
    /// Numbers the attempts of all workers.
    pub(crate) attempts: Arc<AtomicU64>,
}

impl Link for Producing {
    async fn attempt(
        &mut self,
        device: &Device,
        message: &Message,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let now = Clock::system().now().unix_millis();
        let nonce = rand::rng().random();
        let envelope = tuya::seal(
            &self.access,
            self.mode,
            self.protocol,
            now,
            &message.body(),
            nonce,
        );
        let outgoing = Outgoing {
            key: &device.name(),
            em: self.mode.em(),
            payload: &BASE64_STANDARD.encode(envelope),
        };
        let context = self.attempts.fetch_add(1, Ordering::Relaxed).to_string();
        match self.producer.produce(outgoing, context).await {
            Ok(took) => {
                tally.answered(took);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}
