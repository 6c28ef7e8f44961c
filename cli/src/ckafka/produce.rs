//! Produces records to a Kafka that stands in for CKafka.

use crate::send::{
    plan::{Device, Message},
    tally::Tally,
    worker,
};
use anyhow::anyhow;
use bytes::Bytes;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use thingrelay_core::config::KafkaSecurity;
use thingrelay_kafka::produce::{ProduceError, Producer};

/// A worker's producer for a topic. All workers share one connection.
#[derive(Clone)]
pub(crate) struct Link {
    producer: Producer,
    last: Arc<Mutex<Option<ProduceError>>>,
}

impl Link {
    /// A producer for the topic at these brokers. An answer may take as long as `limit`.
    ///
    /// # Errors
    /// The client does not accept the arguments.
    pub(crate) fn open(
        brokers: &[String],
        security: &KafkaSecurity,
        topic: &str,
        limit: Duration,
    ) -> anyhow::Result<Link> {
        let producer =
            Producer::new(brokers, security, topic, limit).map_err(|error| anyhow!(error))?;
        Ok(Link {
            producer,
            last: Arc::default(),
        })
    }

    /// The last error of the client or the broker, as a sentence.
    pub(crate) fn trouble(&self) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|error| format!("{error}\n"))
    }
}

impl worker::Link for Link {
    async fn attempt(
        &mut self,
        device: &Device,
        message: &Message,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let value = match message {
            Message::Push(body) => body.clone(),
            Message::UrlCheck => Bytes::new(),
        };
        match self.producer.produce(&device.name(), &value).await {
            Ok(took) => {
                tally.answered(took);
                Ok(())
            }
            Err(error) => {
                let word = error.code.clone();
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                *last = Some(error);
                Err(word)
            }
        }
    }
}
