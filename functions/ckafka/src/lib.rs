//! The function `ckafka`: puts the records that Lambda's Kafka event source delivers on the staging
//! queue.
//!
//! Lambda has no partial answer for this event source. If any record of a batch could not be
//! staged, the batch fails as a whole and comes again, and the staging queue drops the copies.
//!
//! # Layout
//!
//! * [`event`]: the event that Lambda sends, read so leniently that no odd record fails its batch.
//! * `error`: why a batch has to come again.
//! * [`origin`]: the source that a topic of a cluster belongs to.
//! * [`staging`]: sends records to the queue, those of a device in their order.
//! * [`with_deadline`]: sends until a deadline.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one record must not end all: build with `panic = \"unwind\"`");

mod error;
pub mod event;
pub mod origin;
pub mod staging;
pub mod with_deadline;

pub use error::BatchError;
pub use event::KafkaEvent;

use serde::Serialize;
use std::{sync::Arc, time::Instant};
use thingrelay::{clock::Clock, ordered::Sender, queue::Queue, settings::CurrentConfig};
use thingrelay_core::config::TopicSource;
use with_deadline::WithDeadline;

/// Stages the records of events.
#[derive(Debug)]
pub struct Ckafka<S = Queue> {
    config: Arc<CurrentConfig<TopicSource>>,
    staging: S,
    clock: Clock,
}

/// The result of a batch that was staged. Lambda drops it; a person who invokes the function by
/// hand sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Batch {
    pub records: usize,
}

impl<S: Sender + Sync> Ckafka<S> {
    /// Takes the configuration in use, the staging queue, and the clock for the time of receipt.
    pub fn new(config: Arc<CurrentConfig<TopicSource>>, staging: S, clock: Clock) -> Self {
        Ckafka {
            config,
            staging,
            clock,
        }
    }

    /// Stages every record of an event. A record that is not staged by the deadline fails the
    /// batch. The deadline leaves time for the answer and for counting the staged records.
    ///
    /// # Errors
    /// See [`BatchError`]. Records with a known source are staged nevertheless.
    pub async fn handle(
        &self,
        event: &KafkaEvent,
        deadline: Option<Instant>,
    ) -> Result<Batch, BatchError> {
        let config = self.config.current();
        let (known, unknown) = origin::sort(event, &config);
        let staging = WithDeadline {
            queue: &self.staging,
            deadline,
        };
        let staged = staging::stage(&staging, &known, self.clock.now()).await;
        match (unknown, staged) {
            (_, Err(failed)) => Err(failed),
            (Some(topic), Ok(_)) => Err(BatchError::UnknownTopic(topic)),
            (None, Ok(records)) => Ok(Batch { records }),
        }
    }
}

#[cfg(test)]
mod tests;
