//! Commands whose messages are known.

use crate::history::{Command, Hidden, Id, Pick, Queue, Sending};

/// A command as it is sent to every server.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Send(Entry),
    SendBatch(Vec<Entry>),
    Receive {
        from: Queue,
        max: u8,
        hidden: Hidden,
        attempt: Option<u8>,
    },
    Delete(usize),
    DeleteBatch(Queue, Vec<usize>),
    Hide(usize, Hidden),
    HideBatch(Queue, Vec<usize>, Hidden),
    Count(Queue),
    AwaitTimeouts,
    Purge,
}

/// A message to send.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) group: String,
    pub(crate) id: Option<String>,
    pub(crate) body: String,
}

/// A message that every server has delivered.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) from: Queue,
    pub(crate) body: String,
    /// The number of the message.
    pub(crate) message: String,
    /// How long the message is hidden; `None` if it is not in flight, or received again since.
    pub(crate) hidden: Option<Hidden>,
    /// Its receipts, by server.
    pub(crate) receipts: Vec<String>,
}

/// Turns commands into calls.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    sent: usize,
}

impl Resolver {
    /// The call of a command; `None` if nothing was received that it could name.
    pub(crate) fn resolve(&mut self, command: &Command, deliveries: &[Delivery]) -> Option<Call> {
        let picked = |pick: &Pick| {
            let counts =
                |delivery: &&(usize, &Delivery)| pick.of_all || delivery.1.hidden.is_some();
            let mut found = deliveries.iter().enumerate().filter(|it| counts(&it)).rev();
            found.nth(pick.back.into()).map(|(place, _)| place)
        };
        // The deliveries of the queue of the first one, each once.
        let picked_together = |picks: &[Pick]| {
            let mut found: Vec<usize> = Vec::new();
            for delivery in picks.iter().filter_map(picked) {
                let from = |index: usize| deliveries[index].from;
                let fits = found
                    .first()
                    .is_none_or(|first| from(*first) == from(delivery));
                if fits && !found.contains(&delivery) {
                    found.push(delivery);
                }
            }
            let from = deliveries[*found.first()?].from;
            Some((from, found))
        };
        Some(match command {
            Command::Send(sending) => Call::Send(self.entry(sending)),
            Command::SendBatch(sendings) => {
                Call::SendBatch(sendings.iter().map(|sending| self.entry(sending)).collect())
            }
            Command::Receive {
                from,
                max,
                hidden,
                attempt,
            } => Call::Receive {
                from: *from,
                max: *max,
                hidden: *hidden,
                attempt: *attempt,
            },
            Command::Delete(pick) => Call::Delete(picked(pick)?),
            Command::DeleteBatch(picks) => {
                let (from, deliveries) = picked_together(picks)?;
                Call::DeleteBatch(from, deliveries)
            }
            Command::Hide(pick, hidden) => Call::Hide(picked(pick)?, *hidden),
            Command::HideBatch(picks, hidden) => {
                let (from, deliveries) = picked_together(picks)?;
                Call::HideBatch(from, deliveries, *hidden)
            }
            Command::Count(queue) => Call::Count(*queue),
            Command::AwaitTimeouts => Call::AwaitTimeouts,
            Command::Purge => Call::Purge,
        })
    }

    fn entry(&mut self, sending: &Sending) -> Entry {
        let number = self.sent;
        self.sent += 1;
        let (id, body) = match sending.id {
            Id::Fresh => (Some(format!("fresh-{number}")), format!("body-{number}")),
            Id::Shared(id) => (Some(format!("shared-{id}")), format!("body-{number}")),
            Id::Content(body) => (None, format!("content-{body}")),
        };
        Entry {
            group: format!("g{}", sending.group),
            id,
            body,
        }
    }
}

impl Delivery {
    pub(crate) fn hide(&mut self, hidden: Hidden) {
        self.hidden = Some(hidden).filter(|hidden| *hidden != Hidden::NotAtAll);
    }
}

impl Call {
    /// The attempt that it names.
    pub(crate) fn attempt(&self) -> Option<u8> {
        match self {
            Call::Receive { attempt, .. } => *attempt,
            _ => None,
        }
    }

    /// Whether it may hide messages for a short time.
    pub(crate) fn hides_shortly(&self) -> bool {
        match self {
            Call::Receive { hidden, .. }
            | Call::Hide(_, hidden)
            | Call::HideBatch(_, _, hidden) => *hidden == Hidden::Shortly,
            _ => false,
        }
    }
}
