//! Delivering messages to receivers, and taking them out for other queues.

use std::sync::Arc;

use super::attempts::Receipt;
use super::change::Change;
use super::message::{Delivery, Flight, Message, Receives, Removed};
use super::order::Order;
use super::state::{State, Touch};
use super::{Kind, Millis, Moment, Queue};

/// The most messages of a queue in flight.
/// (API reference, ChangeMessageVisibility: 120,000 for both kinds.)
const MAXIMUM_IN_FLIGHT: usize = 120_000;

/// The parameters of a receive.
#[derive(Debug, Clone)]
pub(crate) struct Receive<'a> {
    pub(crate) max: usize,
    /// How long the messages stay invisible.
    pub(crate) visibility: Millis,
    /// The number of receives after which a message is a dead letter; `None` without a dead-letter
    /// queue.
    pub(crate) maximum_receives: Option<u32>,
    /// The `ReceiveRequestAttemptId`, for FIFO queues.
    pub(crate) attempt: Option<&'a str>,
}

impl Receive<'_> {
    /// Whether a message that was received so often is a dead letter.
    fn is_dead(&self, receives: &Receives) -> bool {
        self.maximum_receives
            .is_some_and(|maximum| receives.here >= maximum)
    }
}

/// The result of a receive.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) deliveries: Vec<Delivery>,
    /// Messages that were taken out because they had been received too often.
    pub(crate) dead: Vec<Removed>,
}

/// Why a receive is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReceiveError {
    /// The limit of messages in flight is reached.
    #[error("The maximum number of messages in flight is reached.")]
    TooManyInFlight,
}

impl Queue {
    /// Delivers messages and makes them invisible.
    pub(crate) fn receive(
        &mut self,
        request: &Receive<'_>,
        now: Moment,
        changes: &mut Vec<Change>,
    ) -> Result<Received, ReceiveError> {
        if let Some(again) = request
            .attempt
            .and_then(|attempt| self.repeat(attempt, request.visibility, now.tick))
        {
            return Ok(Received {
                deliveries: again,
                dead: Vec::new(),
            });
        }
        let mut received = Received::default();
        if self.in_flight >= MAXIMUM_IN_FLIGHT {
            return match self.kind {
                Kind::Standard => Err(ReceiveError::TooManyInFlight),
                Kind::Fifo => Ok(received),
            };
        }
        while received.deliveries.len() < request.max {
            let room = request.max - received.deliveries.len();
            let taken = match &mut self.order {
                Order::Standard(line) => line.pop().into_iter().collect(),
                Order::Fifo(groups) => groups.take(room, |sequence| {
                    let entry = self.entries.get(&sequence);
                    entry.is_some_and(|entry| !request.is_dead(&entry.receives))
                }),
            };
            if taken.is_empty() {
                break;
            }
            for sequence in taken {
                self.hand_out(sequence, request, now, &mut received, changes);
            }
        }
        if let Some(attempt) = request.attempt
            && !received.deliveries.is_empty()
        {
            let handed = received
                .deliveries
                .iter()
                .map(|delivery| Receipt {
                    sequence: delivery.sequence,
                    receipt: delivery.receives.receipt,
                })
                .collect();
            self.attempts.remember(attempt.to_owned(), now.tick, handed);
        }
        Ok(received)
    }

    /// The message that would be delivered next.
    pub(crate) fn peek(&self) -> Option<Arc<Message>> {
        let entry = self.entries.get(&self.order.peek()?)?;
        Some(Arc::clone(&entry.message))
    }

    /// Takes out the message that would be delivered next, for another queue.
    pub(crate) fn take_out(&mut self, changes: &mut Vec<Change>) -> Option<Removed> {
        let next = self.order.peek()?;
        self.remove(next, changes)
    }

    /// Delivers one message that the order chose, or takes it out as a dead letter.
    fn hand_out(
        &mut self,
        sequence: u64,
        request: &Receive<'_>,
        now: Moment,
        received: &mut Received,
        changes: &mut Vec<Change>,
    ) {
        self.start_flight(sequence, now.tick, now.tick + request.visibility);
        let receipt = self.next_number();
        let place = self.place(sequence);
        let Some(entry) = self.entries.get_mut(&sequence) else {
            return;
        };
        if request.is_dead(&entry.receives) {
            received.dead.extend(self.remove(sequence, changes));
            return;
        }
        entry.receives.total += 1;
        entry.receives.here += 1;
        entry.receives.first.get_or_insert(now.wall);
        entry.receives.receipt = receipt;
        changes.push(Change::MessageReceived(
            place,
            entry.receives,
            Flight::GoesOn,
        ));
        received.deliveries.push(Delivery {
            sequence,
            message: Arc::clone(&entry.message),
            receives: entry.receives,
        });
    }

    /// The messages of the attempt, with a new visibility timeout; `None` if one of them was
    /// deleted or changed, or became visible, since then.
    fn repeat(&mut self, attempt: &str, visibility: Millis, now: Millis) -> Option<Vec<Delivery>> {
        let handed = self.attempts.find(attempt)?.to_vec();
        let mut deliveries = Vec::with_capacity(handed.len());
        for one in &handed {
            let entry = self.entries.get(&one.sequence)?;
            let untouched = matches!(
                entry.state,
                State::InFlight {
                    touch: Touch::AsHandedOut,
                    ..
                }
            );
            if !untouched || entry.receives.receipt != one.receipt {
                return None;
            }
            deliveries.push(Delivery {
                sequence: one.sequence,
                message: Arc::clone(&entry.message),
                receives: entry.receives,
            });
        }
        for one in &handed {
            if let Some(entry) = self.entries.get_mut(&one.sequence)
                && let State::InFlight { until, .. } = &mut entry.state
            {
                self.timers.remove(&(*until, one.sequence));
                *until = now + visibility;
                self.timers.insert((*until, one.sequence));
            }
        }
        Some(deliveries)
    }
}
