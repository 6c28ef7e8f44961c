//! The function `consumer`: staged messages become events and go to the targets.
//!
//! A batch of SQS records comes in, the ids of those to be tried again go out. Groups are worked
//! side by side, a group in its sequence: after a failure the rest of the group is handed back.
//!
//! # Layout
//!
//! * [`batch`]: the records of a batch by group, and who is to come again.
//! * [`record`]: one record read and normalised, a panic caught.
//! * [`targets`]: events to every target, in order.
//! * [`observer`]: a look at what happens, for a run on one machine.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one record must not end all: build with `panic = \"unwind\"`");

pub mod batch;
pub mod observer;
pub mod record;
pub mod targets;

pub use batch::BatchFailed;
pub use observer::Observer;
pub use targets::Targets;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use batch::Batch;
use futures::future::join_all;
use observer::Silent;
use record::{Normalizer, Prepared, Verdict};
use std::{sync::Arc, time::Instant};
use thingrelay::{
    clock::Clock,
    config::Live,
    normalize,
    occurrence::Occurrence,
    ordered::{self, Job},
    quarantine::Quarantined,
    queue::{Message, Queue, SendError},
};

/// Turns staged messages into events and forwards them.
pub struct Consumer<S = Queue> {
    config: Arc<Live>,
    targets: Targets<S>,
    quarantine: S,
    clock: Clock,
    normalizer: Normalizer,
    observer: Arc<dyn Observer>,
}

impl<S: ordered::Sender> Consumer<S> {
    /// With the configuration in use, the targets, the quarantine queue and a clock.
    pub fn new(config: Arc<Live>, targets: Targets<S>, quarantine: S, clock: Clock) -> Self {
        Consumer {
            config,
            targets,
            quarantine,
            clock,
            normalizer: normalize::normalize,
            observer: Arc::new(Silent),
        }
    }

    /// Lets somebody watch.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Normalises by another function.
    #[must_use]
    pub fn with_normalizer(mut self, normalizer: Normalizer) -> Self {
        self.normalizer = normalizer;
        self
    }

    /// Works a batch. What is not done by the deadline is handed back.
    ///
    /// # Errors
    /// Only where a record that has to come again has no id to be named by: then the whole batch
    /// does.
    pub async fn handle(
        &self,
        event: SqsEvent,
        deadline: Option<Instant>,
    ) -> Result<SqsBatchResponse, BatchFailed> {
        let config = self.config.current();
        let targets = self.targets.of(&config).await;
        let mut batch = Batch::new(event);
        if !config.broken.targets.is_empty() {
            // No message is done without every target.
            batch.hand_back_all("misconfigured");
        } else if targets.is_empty() {
            // There is nowhere to forward to, which somebody will mend.
            batch.hand_back_all("no_target");
        }
        loop {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                batch.hand_back_all("deadline");
            }
            let heads = batch.next_heads();
            if heads.is_empty() {
                return batch.into_response();
            }
            let mut round: Vec<Prepared> = heads
                .into_iter()
                .map(|head| record::prepare(head, &config, self.normalizer))
                .collect();
            self.forward(&mut round, &targets, deadline).await;
            self.set_aside(&mut round, deadline).await;
            for prepared in round {
                batch.settle(prepared.into_settled());
            }
        }
    }

    /// Sends the events of the round to every target; a failure changes a record's verdict.
    ///
    /// What one target refuses for good goes to the others all the same, and then to quarantine.
    async fn forward(&self, round: &mut [Prepared], targets: &[Arc<S>], deadline: Option<Instant>) {
        let (mut positions, mut jobs): (Vec<usize>, Vec<Job>) = round
            .iter()
            .enumerate()
            .filter_map(|(position, prepared)| Some((position, prepared.job()?)))
            .unzip();
        let mut refused: Vec<(usize, String)> = Vec::new();
        for target in targets {
            let Some(results) = within(deadline, ordered::send_all(&**target, &jobs)).await else {
                // Whatever has got there carries the same ids when it comes again.
                for position in positions {
                    if let Some(prepared) = round.get_mut(position) {
                        prepared.verdict = Verdict::HandBack {
                            reason: "deadline",
                            detail: String::new(),
                        };
                    }
                }
                return;
            };
            let sent = positions.into_iter().zip(jobs).zip(results);
            (positions, jobs) = sent
                .filter_map(|((position, job), result)| match result {
                    Ok(()) => Some((position, job)),
                    Err(SendError::Permanent(detail)) => {
                        refused.push((position, detail));
                        Some((position, job))
                    }
                    Err(SendError::Transient(detail)) => {
                        round.get_mut(position)?.verdict = Verdict::HandBack {
                            reason: "target_unavailable",
                            detail,
                        };
                        None
                    }
                })
                .unzip();
        }
        for (position, detail) in refused {
            if let Some(prepared) = round.get_mut(position)
                && matches!(prepared.verdict, Verdict::Forward(_))
            {
                prepared.verdict = Verdict::Quarantine {
                    reason: "refused_by_target",
                    detail,
                };
            }
        }
        for prepared in round.iter() {
            if let Verdict::Forward(events) = &prepared.verdict {
                Occurrence::Forwarded {
                    source: prepared.configured_source(),
                    id: prepared.id(),
                    events: events.len(),
                }
                .record();
                events
                    .iter()
                    .for_each(|event| self.observer.forwarded(event));
            }
        }
    }

    /// Sends to quarantine what belongs there; where that fails, the record is handed back.
    async fn set_aside(&self, round: &mut [Prepared], deadline: Option<Instant>) {
        let at = self.clock.now();
        join_all(round.iter_mut().map(async |prepared| {
            let Verdict::Quarantine { reason, detail } = &prepared.verdict else {
                return;
            };
            let messages = Quarantined {
                reason,
                detail,
                at,
                id: prepared.known_id(),
                source: prepared.source(),
                record: prepared.body(),
            }
            .to_messages();
            let sent = within(deadline, self.send_each(&messages)).await;
            prepared.verdict = match sent {
                Some(Ok(())) => {
                    Occurrence::Quarantined {
                        source: prepared.configured_source(),
                        id: prepared.id(),
                        reason,
                    }
                    .record();
                    self.observer.quarantined(prepared.source(), reason);
                    return;
                }
                // Quarantine is the last place: even what it refuses for good comes again.
                Some(Err(error)) => Verdict::HandBack {
                    reason: "quarantine_unavailable",
                    detail: error.to_string(),
                },
                None => Verdict::HandBack {
                    reason: "deadline",
                    detail: String::new(),
                },
            };
        }))
        .await;
    }

    /// The parts of a record together may be too large for one call.
    async fn send_each(&self, messages: &[Message]) -> Result<(), SendError> {
        for message in messages {
            let result = self.quarantine.send_batch(&[message]).await.pop();
            result.unwrap_or_else(|| {
                Err(SendError::Transient("no answer for the message".to_owned()))
            })?;
        }
        Ok(())
    }
}

/// What the work gives, unless the deadline comes first.
async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        None => Some(work.await),
        Some(deadline) => tokio::time::timeout_at(deadline.into(), work).await.ok(),
    }
}

#[cfg(test)]
mod tests;
