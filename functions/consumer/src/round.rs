//! A round: forwards or quarantines one record of each group, or all records if no target keeps the
//! order.

use crate::{
    Consumer,
    record::{Prepared, Verdict},
    route::{Route, Sent},
    within,
};
use futures::future::join_all;
use thingrelay::{
    internal_event::InternalEvent, ordered::Sender, quarantine::Quarantined, queue::SendError,
};
use thingrelay_core::{
    message::{EventMessage, Message},
    normalize::OutgoingEvent,
};
use tokio::time::Instant;

impl<S: Sender, T: Sender<EventMessage>> Consumer<S, T> {
    /// Sends the events of the round to each target that takes them. A failure changes a record's
    /// verdict.
    ///
    /// A record that one target refuses permanently still goes to the other targets, and then to
    /// quarantine.
    pub(crate) async fn forward(
        &self,
        round: &mut [Prepared],
        routes: &mut [Route<'_, T>],
        deadline: Option<Instant>,
    ) {
        let mut refused: Vec<(usize, String)> = Vec::new();
        for next in 0..routes.len() {
            let Some(route) = routes.get_mut(next) else {
                break;
            };
            let offered = offered(round, |event| route.takes(event));
            let (positions, events): (Vec<usize>, Vec<&OutgoingEvent>) =
                offered.into_iter().unzip();
            if events.is_empty() {
                continue;
            }
            let matched = events.len();
            let sent = within(deadline, route.send(&events)).await;
            route.count(matched, sent.as_deref());
            let Some(sent) = sent else {
                // Events that have arrived have the same ids when they come again.
                let left = routes.get(next..).unwrap_or_default();
                hand_back_offered_to(left, round);
                break;
            };
            for (position, sent) in positions.into_iter().zip(sent) {
                let Some(prepared) = round.get_mut(position) else {
                    continue;
                };
                match sent {
                    Sent::Delivered => {}
                    Sent::Refused(detail) => refused.push((position, detail)),
                    Sent::Postponed(detail) => {
                        if matches!(prepared.verdict, Verdict::Forward(_)) {
                            prepared.verdict = Verdict::HandBack {
                                reason: "target_unavailable",
                                detail,
                            };
                        }
                    }
                }
            }
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
    }

    /// Reports the records whose events have arrived.
    pub(crate) fn tell_forwarded(&self, round: &[Prepared], routes: &[Route<'_, T>]) {
        let forwarded = round.iter();
        let forwarded =
            forwarded.filter(|prepared| matches!(prepared.verdict, Verdict::Forward(_)));
        forwarded.for_each(|prepared| self.tell_one(prepared, routes));
    }

    fn tell_one(&self, prepared: &Prepared, routes: &[Route<'_, T>]) {
        let (source, id) = (prepared.configured_source(), prepared.id());
        let mut events = 0;
        let mut first = None;
        let mut unrouted = 0;
        for event in prepared.events() {
            if routes.iter().any(|route| route.takes(event)) {
                events += 1;
                first = first.or(Some(event));
                self.observer.forwarded(event);
            } else {
                unrouted += 1;
                self.observer.unrouted(event);
            }
        }
        InternalEvent::Forwarded {
            source,
            id,
            events,
            kind: first.map(|event| event.kind),
            subject: first.and_then(|event| event.subject.as_deref()),
        }
        .emit();
        count_again(prepared);
        if unrouted > 0 {
            let events = unrouted;
            InternalEvent::Unrouted { source, id, events }.emit();
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
                group: prepared.attribute("MessageGroupId"),
                sequence: prepared.attribute("SequenceNumber"),
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
                    count_again(prepared);
                    self.observer.quarantined(prepared.id(), reason, detail);
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
            result
                .unwrap_or_else(|| Err(SendError::Transient("no answer for the message".into())))?;
        }
        Ok(())
    }
}

/// Counts a record that is done, if an operator had staged it again.
fn count_again(prepared: &Prepared) {
    if prepared.is_again() {
        let (source, id) = (prepared.configured_source(), prepared.id());
        InternalEvent::Replayed { source, id }.emit();
    }
}

/// The events that are to be forwarded and that `takes` takes, each with the position of its record.
fn offered(
    round: &[Prepared],
    takes: impl Fn(&OutgoingEvent) -> bool,
) -> Vec<(usize, &OutgoingEvent)> {
    let mut offered = Vec::new();
    for (position, prepared) in round.iter().enumerate() {
        let events = prepared.events().iter().filter(|event| takes(event));
        offered.extend(events.map(|event| (position, event)));
    }
    offered
}

/// Hands back the records with an event for one of these targets, because no time is left.
fn hand_back_offered_to<T: Sender<EventMessage>>(routes: &[Route<'_, T>], round: &mut [Prepared]) {
    let is_offered = |event: &OutgoingEvent| routes.iter().any(|route| route.takes(event));
    for prepared in round {
        if prepared.events().iter().any(is_offered) {
            prepared.verdict = Verdict::HandBack {
                reason: "deadline",
                detail: String::new(),
            };
        }
    }
}
