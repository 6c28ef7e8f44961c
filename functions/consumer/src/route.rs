//! The way to a target: which events go there, and the results of its sends.

use std::{borrow::Cow, sync::Arc};
use thingrelay::{
    aws::CallError,
    internal_event::InternalEvent,
    ordered::{SendSession, Sender, Sequence},
    send_error::SendError,
};
use thingrelay_core::{
    config::{Target, name::shown},
    message::EventMessage,
    normalize::OutgoingEvent,
};

/// The name of the stack's own queue, which no configuration names.
pub(crate) const OWN_QUEUE: &str = "events";

/// The way to a target, in one invocation.
pub(crate) struct Route<'c, T> {
    sender: Arc<T>,
    session: SendSession,
    /// `None` for the stack's own queue, which takes every event.
    target: Option<&'c Target>,
}

/// The result of sending an event to a target.
pub(crate) enum Sent {
    Delivered,
    /// For good, with the reason.
    Refused(String),
    /// For now, with the reason.
    Postponed(String),
}

impl<'c, T: Sender<EventMessage>> Route<'c, T> {
    pub(crate) fn new(sender: Arc<T>, target: Option<&'c Target>) -> Self {
        Route {
            sender,
            session: SendSession::default(),
            target,
        }
    }

    pub(crate) fn keeps_order(&self) -> bool {
        self.sender.keeps_order()
    }

    /// Whether an event goes there.
    pub(crate) fn takes(&self, event: &OutgoingEvent) -> bool {
        let replay = event.replay.as_ref();
        let only = replay.and_then(|replay| replay.target.as_deref());
        let name = self.target.map_or(OWN_QUEUE, |target| &target.name);
        only.is_none_or(|only| only == name)
            && self.target.is_none_or(|target| target.filter.passes(event))
    }

    /// Sends events. Each is a sequence of its own, so there is one result for each event, and only the
    /// later events of its group wait for an event that fails.
    pub(crate) async fn send(&mut self, events: &[&OutgoingEvent]) -> Vec<Sent> {
        let sequences: Vec<Sequence<EventMessage>> = events
            .iter()
            .map(|event| Sequence {
                messages: vec![event.to_message()],
            })
            .collect();
        let results = self.session.send_all(&*self.sender, &sequences).await;
        let sent = results.into_iter().map(|result| match result {
            Ok(()) => Sent::Delivered,
            Err(SendError::Permanent(reason)) => Sent::Refused(self.named(&reason)),
            Err(SendError::Transient(reason)) => Sent::Postponed(self.named(&reason)),
        });
        sent.collect()
    }

    /// Counts the results of the events that the target takes; `None` if they are not known.
    pub(crate) fn count(&self, matched: usize, sent: Option<&[Sent]>) {
        if matched == 0 {
            return;
        }
        let count = |is_counted: fn(&Sent) -> bool| {
            let sent = sent.unwrap_or_default().iter();
            sent.filter(|sent| is_counted(sent)).count()
        };
        let name = self.target.map(|target| shown(&target.name));
        InternalEvent::Sent {
            target: &name.unwrap_or(Cow::Borrowed(OWN_QUEUE)),
            matched,
            delivered: count(|sent| matches!(sent, Sent::Delivered)),
            refused: count(|sent| matches!(sent, Sent::Refused(_))),
            postponed: match sent {
                Some(_) => count(|sent| matches!(sent, Sent::Postponed(_))),
                None => matched,
            },
        }
        .emit();
    }

    fn named(&self, reason: &CallError) -> String {
        match self.target {
            Some(target) => format!("target {}: {reason}", shown(&target.name)),
            None => reason.to_string(),
        }
    }
}
