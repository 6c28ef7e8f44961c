//! Sends the events of a batch: devices side by side, the events of a device in sequence.

use crate::{
    Queues,
    batch::{Done, Group},
    circuit::{Admission, Circuit},
    dead_letter::{DeadLetter, DeadReason},
    event::Event,
    observer::Observer,
    receiver::{Attempt, Receiver},
    record, retry_delay,
    verdict::Verdict,
    waiting::WaitReason,
};
use aws_lambda_events::sqs::SqsMessage;
use futures::future::join_all;
use std::time::Duration;
use thingrelay::{clock::Clock, internal_event::WebhookEvent};
use thingrelay_core::{config::WebhookTarget, message::Fifo, webhook::SigningSecrets};
use tokio::time::Instant;

/// What a batch is sent with.
pub(crate) struct Delivery<'a> {
    pub(crate) name: &'a str,
    pub(crate) target: &'a WebhookTarget,
    pub(crate) signing: &'a SigningSecrets,
    pub(crate) receiver: &'a Receiver,
    pub(crate) circuit: &'a Circuit,
    pub(crate) queues: &'a Queues,
    pub(crate) clock: &'a Clock,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) deadline: Option<Instant>,
}

/// What happens next with the first record of a group.
enum Next {
    Delivered,
    Dead(DeadReason, Option<Attempt>),
    Wait(WaitReason, Duration),
}

impl Delivery<'_> {
    /// Sends the events of all groups.
    pub(crate) async fn send(&self, mut groups: Vec<Group>) -> Done {
        let mut done = Done::default();
        if self.circuit.is_open() {
            // A probe goes alone, and its result decides about the others. A device that has not
            // failed tells more about the receiver.
            groups.sort_by_key(|group| self.circuit.is_failing(&group.name));
            let mut groups_left = groups.into_iter();
            if let Some(first) = groups_left.next() {
                done.add(self.send_group(first).await);
            }
            groups = groups_left.collect();
        }
        let sending = groups.into_iter().map(|group| self.send_group(group));
        for other in join_all(sending).await {
            done.add(other);
        }
        if self.circuit.is_open() {
            WebhookEvent::CircuitOpen { target: self.name }.emit();
        }
        done
    }

    async fn send_group(&self, mut group: Group) -> Done {
        let mut done = Done::default();
        let mut receives = group.records.front().map_or(1, record::receives);
        while let Some(message) = group.records.pop_front() {
            // An event that was received behind another one has not been tried.
            let tries = std::mem::replace(&mut receives, 1);
            let mut next = self.attempt(&group.name, &message, tries).await;
            if let Next::Dead(reason, last) = &next {
                next = match self
                    .give_up(&group.name, &message, tries, *reason, last.as_ref())
                    .await
                {
                    Ok(()) => {
                        done.given_up += 1;
                        continue;
                    }
                    Err(wait) => wait,
                };
            }
            match next {
                Next::Wait(reason, rest) => {
                    WebhookEvent::Waiting {
                        target: self.name,
                        id: record::id(&message),
                        reason: reason.code(),
                        seconds: rest.as_secs(),
                    }
                    .emit();
                    done.wait(message, rest, &mut group);
                }
                Next::Delivered | Next::Dead(..) => done.delivered += 1,
            }
        }
        done
    }

    async fn attempt(&self, group: &str, message: &SqsMessage, tries: u32) -> Next {
        let body = message.body.as_deref().unwrap_or_default();
        let Ok(event) = Event::parse(body, self.target.content) else {
            return Next::Dead(DeadReason::Unreadable, None);
        };
        // An attempt that cannot end in time would be repeated.
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() + self.target.timeout > deadline)
        {
            return Next::Wait(WaitReason::Deadline, Duration::ZERO);
        }
        if let Admission::Wait(time) = self.circuit.admit(self.clock.now()) {
            return self.retry(WaitReason::CircuitOpen, message, tries, Some(time), None);
        }
        let began = self.clock.now();
        let attempt = self.receiver.attempt(&event, self.signing, began).await;
        self.tell(group, &event, &attempt);
        match attempt.verdict {
            Verdict::Delivered => Next::Delivered,
            Verdict::Refused => Next::Dead(DeadReason::Refused, Some(attempt)),
            Verdict::Retry => {
                let at_least = attempt.retry_after();
                self.retry(WaitReason::Retry, message, tries, at_least, Some(attempt))
            }
        }
    }

    /// Lets an event wait, unless it is too old.
    fn retry(
        &self,
        reason: WaitReason,
        message: &SqsMessage,
        tries: u32,
        at_least: Option<Duration>,
        last: Option<Attempt>,
    ) -> Next {
        let age = record::age(message, self.clock.now());
        let left = self.target.give_up_after.saturating_sub(age);
        if left.is_zero() {
            return Next::Dead(DeadReason::GaveUp, last);
        }
        let rest = retry_delay::rest(tries, at_least, fastrand::f64());
        Next::Wait(reason, retry_delay::until_last(rest, left))
    }

    fn tell(&self, group: &str, event: &Event, attempt: &Attempt) {
        let detail = attempt.outcome.as_ref().err();
        WebhookEvent::Attempted {
            target: self.name,
            id: event.id(),
            status: attempt.status(),
            detail: detail.map_or("", |failure| failure.detail.as_str()),
            verdict: attempt.verdict.code(),
            millis: u64::try_from(attempt.elapsed.as_millis()).unwrap_or(u64::MAX),
        }
        .emit();
        self.observer.attempted(event.id(), attempt);
        let now = self.clock.now();
        let has_opened = self
            .circuit
            .note(group, attempt.verdict, attempt.retry_after(), now);
        if has_opened {
            let last = match &attempt.outcome {
                Ok(answer) => answer.status.to_string(),
                Err(failure) => failure.kind.code().to_owned(),
            };
            WebhookEvent::CircuitOpened {
                target: self.name,
                last: &last,
            }
            .emit();
        }
    }

    /// Sends an event to the dead letters. If they do not take it, it waits and is tried again.
    async fn give_up(
        &self,
        group: &str,
        message: &SqsMessage,
        tries: u32,
        reason: DeadReason,
        last: Option<&Attempt>,
    ) -> Result<(), Next> {
        let id = record::id(message);
        // An event that was moved back from the dead letters may come there again within the five
        // minutes in which a queue drops copies. It has another message id then.
        let copies = message.message_id.as_deref().unwrap_or(id);
        let fifo = Fifo {
            group: group.to_owned(),
            deduplication: copies.to_owned(),
        };
        let body = message.body.as_deref().unwrap_or_default();
        let letter = DeadLetter::new(body, fifo, self.name, reason, last);
        let sending = self
            .queues
            .dead_letters
            .send_with(&letter.message, &letter.attributes);
        let sent = match self.deadline {
            None => sending.await.is_ok(),
            Some(deadline) => {
                matches!(tokio::time::timeout_at(deadline, sending).await, Ok(Ok(())))
            }
        };
        if !sent {
            let rest = retry_delay::rest(tries, None, fastrand::f64());
            return Err(Next::Wait(WaitReason::DeadLettersUnavailable, rest));
        }
        WebhookEvent::GivenUp {
            target: self.name,
            id,
            reason: reason.code(),
            last: &letter.last,
        }
        .emit();
        self.observer.given_up(id, reason);
        Ok(())
    }
}
