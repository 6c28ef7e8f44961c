//! The seams of the functions, at which mistakes are planted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use consumer::{Staging, record::Normalizer};
use push::Stage;
use thingrelay::ordered::Sender;
use thingrelay::queue::{Queue, ReceiptError};
use thingrelay::send_error::SendError;
use thingrelay_core::message::{EventMessage, Message};
use thingrelay_core::normalize::{self, NormalizeError, OutgoingEvent};
use thingrelay_core::source::Decoding;
use thingrelay_core::staged::Staged;

use crate::invocation::ends_invocation;
use crate::message::DEADLY;
use crate::planted::Planted;

/// How the consumer makes events.
pub(crate) fn normalizer(planted: Option<Planted>) -> Normalizer {
    match planted {
        Some(Planted::FirstEventOnly) => |staged, decoding| {
            normalized(staged, decoding).map(|events| events.into_iter().take(1).collect())
        },
        Some(Planted::ReversesEvents) => |staged, decoding| {
            normalized(staged, decoding).map(|events| events.into_iter().rev().collect())
        },
        Some(Planted::ShiftingNumbers) => |staged, decoding| {
            let by = fastrand::usize(..3);
            let mut events = normalized(staged, decoding)?;
            for event in &mut events {
                let other = format!("{}{by}", event.id);
                event.json = event.json.replace(&event.id, &other);
                event.id = other;
            }
            Ok(events)
        },
        _ => normalized,
    }
}

/// The real one, but for records that end their invocation.
fn normalized(
    staged: &Staged<'_>,
    decoding: Decoding,
) -> Result<Vec<OutgoingEvent>, NormalizeError> {
    if String::from_utf8_lossy(&staged.original).contains(DEADLY) {
        ends_invocation();
    }
    normalize::normalize(staged, decoding)
}

/// What a queue is to the function that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `push` stages.
    Edge,
    /// A pull stages.
    Pull,
    /// The consumer settles records.
    Source,
    /// The consumer forwards.
    Target,
    /// The consumer sets aside.
    Quarantine,
}

/// A queue or a target, with a mistake in its use or without.
#[derive(Debug, Clone)]
pub(crate) struct Tampered<Q = Queue> {
    pub(crate) queue: Arc<Q>,
    pub(crate) role: Role,
    pub(crate) planted: Option<Planted>,
}

/// What is sent.
pub(crate) trait Sendable: AsRef<Message> + Clone + Send + Sync {
    fn message(&mut self) -> &mut Message;
}

impl Sendable for Message {
    fn message(&mut self) -> &mut Message {
        self
    }
}

impl Sendable for EventMessage {
    fn message(&mut self) -> &mut Message {
        &mut self.message
    }
}

impl<Q> Tampered<Q> {
    fn is(&self, role: Role, planted: Planted) -> bool {
        self.role == role && self.planted == Some(planted)
    }
}

impl Stage for Tampered {
    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        let mut message = message.clone();
        if let Some(fifo) = &mut message.fifo {
            match self.planted {
                Some(Planted::FreshIds) => fifo.deduplication = fresh(&fifo.deduplication),
                Some(Planted::IdOfTheDevice) => fifo.deduplication.clone_from(&fifo.group),
                Some(Planted::GroupOfItsOwn) => fifo.group.clone_from(&fifo.deduplication),
                _ => {}
            }
        }
        match self.planted {
            Some(Planted::AcceptsInHaste) => {
                let sent =
                    tokio::time::timeout(Duration::from_millis(200), self.queue.send(&message));
                sent.await.unwrap_or(Ok(()))
            }
            Some(Planted::AcceptsFailures) => {
                let _ = self.queue.send(&message).await;
                Ok(())
            }
            Some(Planted::StagesLater) => {
                let queue = Arc::clone(&self.queue);
                tokio::spawn(async move { queue.send(&message).await });
                Ok(())
            }
            _ => self.queue.send(&message).await,
        }
    }
}

impl<M: Sendable, Q: Sender<M> + Sync + Send> Sender<M> for Tampered<Q> {
    async fn send_batch(&self, messages: &[&M]) -> Vec<Result<(), SendError>> {
        let mut owned: Vec<M> = messages.iter().map(|message| (*message).clone()).collect();
        for message in &mut owned {
            let Some(fifo) = &mut message.message().fifo else {
                continue;
            };
            match (self.role, self.planted) {
                (Role::Target, Some(Planted::EventIdWithoutNumber)) => {
                    let (base, _) = fifo.deduplication.split_once('-').unwrap_or_default();
                    fifo.deduplication = base.to_owned();
                }
                (Role::Target, Some(Planted::FreshEventIds)) => {
                    fifo.deduplication = fresh(&fifo.deduplication);
                }
                (Role::Target, Some(Planted::EventGroupOfItsOwn))
                | (Role::Pull, Some(Planted::PullGroupOfItsOwn)) => {
                    fifo.group.clone_from(&fifo.deduplication);
                }
                _ => {}
            }
        }
        let borrowed: Vec<&M> = owned.iter().collect();
        if self.is(Role::Target, Planted::ForwardsInHaste) {
            let sent =
                tokio::time::timeout(Duration::from_secs(1), self.queue.send_batch(&borrowed));
            return sent.await.unwrap_or_else(|_| vec![Ok(()); messages.len()]);
        }
        let results = self.queue.send_batch(&borrowed).await;
        let results = results.into_iter().map(|result| self.tampered(result));
        results.collect()
    }

    fn keeps_order(&self) -> bool {
        self.queue.keeps_order() && !self.is(Role::Target, Planted::KeepsNoOrder)
    }

    fn size(&self, message: &M) -> usize {
        self.queue.size(message)
    }

    fn max_call_bytes(&self) -> usize {
        self.queue.max_call_bytes()
    }
}

impl<Q> Tampered<Q> {
    fn tampered(&self, result: Result<(), SendError>) -> Result<(), SendError> {
        match (result, self.role, self.planted) {
            (Err(SendError::Transient(_)), Role::Target, Some(Planted::TransientIsDone))
            | (Err(SendError::Permanent(_)), Role::Target, Some(Planted::PermanentIsDone))
            | (Err(_), Role::Quarantine, Some(Planted::QuarantineIsDone))
            | (Err(_), Role::Pull, Some(Planted::PullStagesFailures)) => Ok(()),
            (
                Err(SendError::Transient(text)),
                Role::Target,
                Some(Planted::TransientIsPermanent),
            ) => Err(SendError::Permanent(text)),
            (
                Err(SendError::Permanent(text)),
                Role::Target,
                Some(Planted::PermanentIsTransient),
            ) => Err(SendError::Transient(text)),
            (result, _, _) => result,
        }
    }
}

impl Staging for Tampered {
    async fn hide(&self, records: &[(&str, Duration)]) -> Result<(), ReceiptError> {
        match self.planted {
            Some(Planted::DeletesForHiding) => {
                let receipts: Vec<&str> = records.iter().map(|(receipt, _)| *receipt).collect();
                self.queue.delete(&receipts).await
            }
            Some(Planted::RestsNot) => {
                let records: Vec<(&str, Duration)> = records
                    .iter()
                    .map(|(receipt, _)| (*receipt, Duration::ZERO))
                    .collect();
                self.queue.hide(&records).await
            }
            _ => self.queue.hide(records).await,
        }
    }

    async fn delete(&self, receipts: &[&str]) -> Result<(), ReceiptError> {
        self.queue.delete(receipts).await
    }
}

/// What the consumer answers, with the mistake.
pub(crate) fn tampered_answer(planted: Option<Planted>, response: &mut SqsBatchResponse) {
    match planted {
        Some(Planted::ReportsNothing) => response.batch_item_failures.clear(),
        Some(Planted::HandsBackOne) => response.batch_item_failures.truncate(1),
        _ => {}
    }
}

fn fresh(id: &str) -> String {
    static NEXT: Mutex<u64> = Mutex::new(0);
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    *next += 1;
    format!("{id}-{next}")
}
