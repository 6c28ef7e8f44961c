//! Messages produced to Tuya's message service, or to a broker that stands in for it.

use super::{
    plan::{Device, Message},
    tally::Tally,
    worker::Link,
};
use crate::platform::producer::{Outgoing, Producer};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use rand::RngExt;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use thingrelay::clock::Clock;
use thingrelay_core::tuya::{self, Access, Mode};

/// Encrypts, signs and produces.
#[derive(Clone)]
pub struct Producing {
    /// The connection, shared by all workers.
    pub producer: Arc<Producer>,
    /// Whose messages they are.
    pub access: Access,
    /// How they are encrypted.
    pub mode: Mode,
    /// The envelope's `protocol`.
    pub protocol: i64,
    /// Numbers the attempts of all workers.
    pub attempts: Arc<AtomicU64>,
}

impl Link for Producing {
    async fn attempt(
        &mut self,
        device: &Device,
        message: &Message,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let plaintext = match message {
            Message::Push(body) => body.clone(),
            Message::UrlCheck => Bytes::new(),
        };
        let now = Clock::system().now().unix_millis();
        let nonce = rand::rng().random();
        let envelope = tuya::seal(
            &self.access,
            self.mode,
            self.protocol,
            now,
            &plaintext,
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
            Err(error) => Err(error.code()),
        }
    }
}
