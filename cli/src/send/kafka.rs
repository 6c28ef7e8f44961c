//! Produces records to a Kafka that stands in for CKafka.

use super::{
    args::Kafka,
    plan::{Content, Device, Message},
    run::{Prepared, Run},
    tally::{Summary, Tally},
    worker::Link,
};
use crate::{
    ckafka::{ProduceError, Producer},
    platform::ckafka::Recipe,
};
use anyhow::Context;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// The producer of all workers, and the last error of the client or the broker.
#[derive(Clone)]
struct Producing {
    producer: Producer,
    last: Arc<Mutex<Option<ProduceError>>>,
}

/// Produces the records.
///
/// # Errors
/// The run cannot begin.
pub(super) async fn send(args: &Kafka, run: &mut Run) -> anyhow::Result<Summary> {
    let recipe = Recipe::of(args.kind).context("CKafka gets no messages of this kind")?;
    let security = args.connection.security()?;
    let limit = args.messages.limit();
    let producer = Producer::new(&args.brokers.0, &security, &args.topic, limit)?;
    let producing = Producing {
        producer,
        last: Arc::default(),
    };
    let content = || Content::Ckafka(recipe);
    let plan = match run.prepare(&args.messages, content).await? {
        Prepared::Plan(plan) => plan,
        Prepared::Ended(summary) => return Ok(summary),
    };
    let summary = run.play(&args.messages, plan, || producing.clone()).await?;
    let last = producing
        .last
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = &*last {
        // An error is ignored: without a reader, nothing can be reported.
        let _ = writeln!(io::stderr().lock(), "{error}");
    }
    Ok(summary)
}

impl Link for Producing {
    async fn attempt(
        &mut self,
        device: &Device,
        message: &Message,
        tally: &mut Tally,
    ) -> Result<(), String> {
        match self.producer.produce(&device.name(), &message.body()).await {
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
