//! A round: forwards or quarantines one record of each group, or all records if no target keeps the
//! order.

use crate::{
    Consumer,
    record::{Prepared, Verdict},
    within,
};
use futures::future::join_all;
use std::{sync::Arc, time::Instant};
use thingrelay::{
    internal_event::InternalEvent,
    ordered::{SendSession, Sender, Sequence},
    quarantine::Quarantined,
    queue::SendError,
};
use thingrelay_core::{
    config::{Target, name::shown},
    message::{EventMessage, Message},
};

impl<S: Sender, T: Sender<EventMessage>> Consumer<S, T> {
    /// Sends the events of the round to every target. A failure changes a record's verdict. The
    /// configured targets, in the same order, give the names; the stack's own queue has no name.
    ///
    /// A record that one target refuses permanently still goes to the other targets, and then to
    /// quarantine.
    pub(crate) async fn forward(
        &self,
        round: &mut [Prepared],
        targets: &mut [(Arc<T>, SendSession)],
        configured: &[Target],
        deadline: Option<Instant>,
    ) {
        let (mut positions, mut sequences): (Vec<usize>, Vec<Sequence<EventMessage>>) = round
            .iter()
            .enumerate()
            .filter_map(|(position, prepared)| Some((position, prepared.sequence()?)))
            .unzip();
        let mut refused: Vec<(usize, String)> = Vec::new();
        for (position, (target, session)) in targets.iter_mut().enumerate() {
            let named = |detail: String| match configured.get(position) {
                Some(target) => format!("target {}: {detail}", shown(&target.name)),
                None => detail,
            };
            let Some(results) = within(deadline, session.send_all(&**target, &sequences)).await
            else {
                // Events that have arrived have the same ids when they come again.
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
            let sent = positions.into_iter().zip(sequences).zip(results);
            (positions, sequences) = sent
                .filter_map(|((position, sequence), result)| match result {
                    Ok(()) => Some((position, sequence)),
                    Err(SendError::Permanent(detail)) => {
                        refused.push((position, named(detail)));
                        Some((position, sequence))
                    }
                    Err(SendError::Transient(detail)) => {
                        round.get_mut(position)?.verdict = Verdict::HandBack {
                            reason: "target_unavailable",
                            detail: named(detail),
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
                InternalEvent::Forwarded {
                    source: prepared.configured_source(),
                    id: prepared.id(),
                    events: events.len(),
                }
                .emit();
                events
                    .iter()
                    .for_each(|event| self.observer.forwarded(event));
            }
        }
    }

    /// Sends records to quarantine. If that fails, the record is handed back.
    pub(crate) async fn set_aside(&self, round: &mut [Prepared], deadline: Option<Instant>) {
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
                    InternalEvent::Quarantined {
                        source: prepared.configured_source(),
                        id: prepared.id(),
                        reason,
                    }
                    .emit();
                    self.observer.quarantined(prepared.source(), reason);
                    return;
                }
                // Quarantine is the last place: even a record that it refuses permanently comes
                // again.
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
            let result = self.queues.quarantine.send_batch(&[message]).await.pop();
            result.unwrap_or_else(|| {
                Err(SendError::Transient("no answer for the message".to_owned()))
            })?;
        }
        Ok(())
    }
}
