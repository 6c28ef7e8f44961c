//! The function `consumer`: turns staged messages into events and sends them to the targets.
//!
//! A batch of SQS records comes in, and the ids of the records to be tried again go out. Groups are
//! processed side by side, and the records of a group in sequence: after a failure, the rest of the
//! group is handed back. If no target keeps the order, the records of a group are processed
//! together.
//!
//! # Layout
//!
//! * [`batch`]: the records of a batch by group, and the records that come again.
//! * [`attempts`]: how often a record was tried, and how long it rests before the next try.
//! * [`record`]: reads and normalises one record, and catches a panic.
//! * `round`: forwards or quarantines one record of each group.
//! * `isolation`: processes a suspicious record alone.
//! * [`staging`]: the consumer's interface to the staging queue.
//! * [`targets`]: the targets of the configuration, as queues to send to.
//! * `route`: the way to a target: which events go there, and the results of its sends.
//! * [`archive`]: keeps the messages that are done.
//! * [`observer`]: watches the results, for a run on one machine.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one record must not end all: build with `panic = \"unwind\"`");

pub mod archive;
pub mod attempts;
pub mod batch;
mod isolation;
pub mod observer;
pub mod record;
mod round;
mod route;
pub mod staging;
pub mod targets;

pub use archive::Archive;
pub use batch::BatchError;
pub use observer::Observer;
pub use staging::Staging;
pub use targets::Targets;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use batch::{Batch, PerGroup};
use observer::NoObserver;
use record::{Normalizer, Prepared};
use route::Route;
use std::{sync::Arc, time::Duration};
use thingrelay::{
    clock::Clock, internal_event::InternalEvent, ordered::Sender, queue::Queue,
    settings::CurrentConfig, target::TargetSender,
};
use thingrelay_core::{config::ConsumerSource, message::EventMessage, normalize};
use tokio::time::Instant;

/// How long it may take to hide resting records on the staging queue. A record that was not hidden
/// in time comes again after the queue's own time.
const RESTS_LIMIT: Duration = Duration::from_millis(1500);

/// Turns staged messages into events and forwards them.
pub struct Consumer<S = Queue, T = TargetSender> {
    config: Arc<CurrentConfig<ConsumerSource>>,
    queues: Queues<S, T>,
    clock: Clock,
    normalizer: Normalizer,
    observer: Arc<dyn Observer>,
    archive: Option<Arc<dyn Archive>>,
}

/// The queues and targets that a consumer works with.
#[derive(Debug)]
pub struct Queues<S = Queue, T = TargetSender> {
    /// The queue from which the records come.
    pub staging: S,
    /// The queues to which events go.
    pub targets: Targets<T>,
    /// The queue for records of which no event can be made.
    pub quarantine: S,
}

impl<S: Sender + Staging, T: Sender<EventMessage>> Consumer<S, T> {
    /// Takes the configuration in use, the queues and a clock.
    pub fn new(
        config: Arc<CurrentConfig<ConsumerSource>>,
        queues: Queues<S, T>,
        clock: Clock,
    ) -> Self {
        Consumer {
            config,
            queues,
            clock,
            normalizer: normalize::normalize,
            observer: Arc::new(NoObserver),
            archive: None,
        }
    }

    /// Adds an observer of the results.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Adds an archive, which keeps each record before it is done.
    #[must_use]
    pub fn with_archive(mut self, archive: Arc<dyn Archive>) -> Self {
        self.archive = Some(archive);
        self
    }

    /// Replaces the function that normalises.
    #[must_use]
    pub fn with_normalizer(mut self, normalizer: Normalizer) -> Self {
        self.normalizer = normalizer;
        self
    }

    /// Processes a batch. Records that are not done by the deadline are handed back.
    ///
    /// A record that is handed back rests on the staging queue, longer with each try. A record that
    /// may have killed invocations before is processed last, and alone.
    ///
    /// # Errors
    /// A record that has to come again has no id, so the whole batch comes again.
    pub async fn handle(
        &self,
        event: SqsEvent,
        deadline: Option<std::time::Instant>,
    ) -> Result<SqsBatchResponse, BatchError> {
        let deadline = deadline.map(Instant::from_std);
        let config = self.config.current();
        let senders = self.queues.targets.of(&config).await.into_iter();
        let mut routes: Vec<Route<'_, T>> = senders
            .enumerate()
            .map(|(position, sender)| Route::new(sender, config.targets.get(position)))
            .collect();
        let keeps_order = routes.iter().any(Route::keeps_order);
        let of_each_group = if keeps_order {
            PerGroup::One
        } else {
            PerGroup::All
        };
        let mut batch = Batch::new(event);
        if !config.broken.targets.is_empty() {
            // No message is done without every target.
            batch.hand_back_all("misconfigured");
        } else if routes.is_empty() {
            // There is no destination until the settings name a target.
            batch.hand_back_all("no_target");
        }
        loop {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                batch.hand_back_all("deadline");
            }
            let mut heads = batch.next_records(self.clock.now(), of_each_group);
            if heads.is_empty() {
                let Some(suspect) = batch.next_suspect() else {
                    break;
                };
                let isolating = self.isolate(&suspect, &mut batch, deadline);
                if let Err(detail) = isolating.await {
                    let id = suspect.id().to_owned();
                    batch.hand_back_group(suspect, &id, "staging_unavailable", &detail);
                    batch.hand_back_all("staging_unavailable");
                    break;
                }
                heads.push(suspect);
            }
            let mut round: Vec<Prepared> = heads
                .into_iter()
                .map(|head| record::prepare(head, &config, self.normalizer))
                .collect();
            for prepared in &round {
                let events = prepared.events();
                self.observer.read(prepared.id(), prepared.body(), events);
            }
            self.forward(&mut round, &mut routes, deadline).await;
            self.archive(&mut round, deadline).await;
            self.tell_forwarded(&round, &routes);
            self.set_aside(&mut round, deadline).await;
            for prepared in round {
                prepared.settle(&mut batch);
            }
        }
        self.answer(batch).await
    }

    /// Hands a whole batch back, for the reason with that code.
    ///
    /// # Errors
    /// The same as those of [`Consumer::handle`].
    pub async fn hand_back(
        &self,
        event: SqsEvent,
        reason: &'static str,
    ) -> Result<SqsBatchResponse, BatchError> {
        let mut batch = Batch::new(event);
        batch.hand_back_all(reason);
        self.answer(batch).await
    }

    async fn answer(&self, batch: Batch) -> Result<SqsBatchResponse, BatchError> {
        for (id, reason, detail) in batch.handed_back() {
            self.observer.handed_back(id, reason, detail);
        }
        let rests = batch.rests();
        if !rests.is_empty() {
            let limit = Instant::now() + RESTS_LIMIT;
            let error = match within(Some(limit), self.queues.staging.hide(&rests)).await {
                Some(Ok(())) => None,
                Some(Err(error)) => Some(error.to_string()),
                None => Some("the staging queue does not answer".to_owned()),
            };
            if let Some(error) = &error {
                InternalEvent::NotHidden { error }.emit();
            }
        }
        batch.into_response()
    }
}

/// The result of the work; `None` if the deadline comes first.
async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        None => Some(work.await),
        Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
    }
}

#[cfg(test)]
mod tests;
