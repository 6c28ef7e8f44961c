//! The function `ckafka`: records that Lambda's Kafka event source brings, put on the staging
//! queue.
//!
//! Lambda knows no partial answer here: a batch of which anything could not be staged fails as a
//! whole and comes again, and the staging queue drops what it has already.
//!
//! # Layout
//!
//! * [`event`]: what Lambda sends, read so leniently that no odd record fails its batch.
//! * [`origin`]: the source that a topic of a cluster belongs to.
//! * [`staging`]: records to the queue, those of a device in their order.
//! * [`with_deadline`]: sending until a deadline.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one record must not end all: build with `panic = \"unwind\"`");

pub mod event;
pub mod origin;
pub mod staging;
pub mod with_deadline;

pub use event::KafkaEvent;

use serde::Serialize;
use std::{sync::Arc, time::Instant};
use thingrelay::{
    clock::Clock,
    ordered::Sender,
    queue::{Queue, SendError},
    settings::CurrentConfig,
};
use thingrelay_core::config::TopicSource;
use with_deadline::WithDeadline;

/// Stages the records of events.
#[derive(Debug)]
pub struct Ckafka<S = Queue> {
    config: Arc<CurrentConfig<TopicSource>>,
    staging: S,
    clock: Clock,
}

/// What came of a batch that was staged. Lambda drops it; a person who invokes the function by
/// hand sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// How many records it had.
    pub records: usize,
}

/// Why a batch has to come again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The settings know no source of a topic, or several and not which: an operator has to correct them.
    #[error(
        "no source with channel = \"ckafka\" and without problems has the topic {0}, or several have \
         it and none names a broker of this cluster"
    )]
    UnknownTopic(String),
    /// The staging queue did not take everything.
    #[error("{failed} of {records} records could not be staged: {error}")]
    NotStaged {
        /// How many were not staged, at the most.
        failed: usize,
        /// How many there were.
        records: usize,
        /// What the queue said.
        error: SendError,
    },
}

impl<S: Sender + Sync> Ckafka<S> {
    /// With the configuration in use, the staging queue, and the clock that says when records were
    /// received.
    pub fn new(config: Arc<CurrentConfig<TopicSource>>, staging: S, clock: Clock) -> Self {
        Ckafka {
            config,
            staging,
            clock,
        }
    }

    /// Stages every record of an event. What is not staged by the deadline fails the batch, as long
    /// as there is time to say so and to count what was.
    ///
    /// # Errors
    /// See [`BatchError`]. What a source is known of is staged all the same.
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
