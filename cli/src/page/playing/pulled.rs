//! The messages of Tuya's message service and of CKafka, as the pull makes them of a broker's. There is
//! no broker.

use super::{Recipe, Reply, Signing, wrong_secret};
use crate::{
    page::{desk::Desk, reply::ReplyError},
    platform::Fields,
};
use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use rand::RngExt;
use serde_json::json;
use std::time::Instant;
use thingrelay::{clock::Clock, send_error::SendError};
use thingrelay_core::{
    config::{EdgeSource, Ingress},
    kafka::{self, Record},
    message::Message,
    tuya::{self, Access, AccessKey, Mode},
};
use thingrelay_tuya::TuyaBroker;

/// The way to the staging queue.
pub(super) struct Pulled<'a> {
    desk: &'a Desk,
    origin: Origin<'a>,
}

enum Origin<'a> {
    Tuya {
        broker: Box<TuyaBroker>,
        access: Access,
        protocol: i64,
    },
    Ckafka {
        source: &'a EdgeSource,
        topic: &'a str,
    },
}

impl<'a> Pulled<'a> {
    /// `None` if the source is pushed.
    pub(super) fn of(
        desk: &'a Desk,
        source: &'a EdgeSource,
        recipe: &Recipe,
        sign: Signing,
    ) -> Option<Pulled<'a>> {
        let origin = match (&source.ingress, recipe) {
            (Ingress::Tuya(tuya), Recipe::Tuya(recipe)) => {
                let topic = tuya.environment.topic();
                let wrong = || AccessKey::parse(&wrong_secret());
                let wrong = (sign == Signing::WrongToken).then(wrong).flatten();
                Origin::Tuya {
                    broker: Box::new(TuyaBroker::new(&source.name, tuya, topic, Clock::system())),
                    access: match wrong {
                        Some(key) => Access::new(tuya.access.id.clone(), key),
                        None => tuya.access.clone(),
                    },
                    protocol: recipe.protocol(),
                }
            }
            (Ingress::Ckafka(ckafka), _) => Origin::Ckafka {
                source,
                topic: ckafka.topics.first()?,
            },
            _ => return None,
        };
        Some(Pulled { desk, origin })
    }

    pub(super) async fn send(
        &mut self,
        message: &[u8],
        fields: &Fields<'_>,
    ) -> Result<Reply, ReplyError> {
        let message = match &self.origin {
            Origin::Tuya {
                broker,
                access,
                protocol,
            } => {
                let now = Clock::system().now();
                let nonce = rand::rng().random();
                let mode = Mode::Gcm;
                let envelope =
                    tuya::seal(access, mode, *protocol, now.unix_millis(), message, nonce);
                let frame = json!({
                    "messageId": BASE64_STANDARD.encode(fields.seq.to_be_bytes()),
                    "payload": BASE64_STANDARD.encode(envelope),
                    "properties": { "em": mode.em() },
                    "publishTime": now.to_string(),
                    "key": fields.device,
                });
                let delivery = broker.delivery(&frame.to_string());
                delivery.context("the frame is not a message")?.message
            }
            Origin::Ckafka { source, topic } => {
                let received = Clock::system().now();
                let record = Record {
                    topic,
                    partition: 0,
                    offset: i64::try_from(fields.seq).unwrap_or(i64::MAX),
                    timestamp: Some(received.unix_millis()),
                    key: Some(fields.device.as_bytes()),
                    value: Some(message),
                };
                kafka::to_stage(&source.name, source.platform, &record, received).1
            }
        };
        let begun = Instant::now();
        let staged = self.stage(&message).await;
        Ok(Reply {
            is_accepted: staged.is_ok(),
            body: match &staged {
                Ok(()) => "staged, as the pull does".to_owned(),
                Err(error) => error.to_string(),
            },
            ..Reply::after(begun.elapsed())
        })
    }

    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        let watch = &self.desk.watch;
        let stage = async |messages: &[&Message]| match watch.faults.of_staging() {
            Some(failure) => vec![Err(failure)],
            None => self.desk.run.staging.send_batch(messages).await,
        };
        let results = watch.recorder.pulled(&[message], stage).await;
        results.into_iter().collect()
    }
}
