//! Stages the messages of a run.
//!
//! A message counts as staged once the queue has accepted it and the journal has noted that. What
//! was accepted and not noted is sent again, with the same deduplication id.

use super::{
    journal::{Journal, JournalError, Place},
    kept::{Facts, Form, Kept},
    run::Run,
};
use crate::{
    pace::{Pace, Rate},
    progress::Progress,
    signals::Signals,
};
use std::{fmt, time::Duration};
use thingrelay::{
    ordered::{Sender, Sequence, send_all},
    send_error::SendError,
};
use thingrelay_core::{message::Message, replay::Replay};
use tokio::time::sleep;

/// The most messages that are sent together.
const MOST: usize = 100;
/// The most bytes that are sent together.
const BYTES: usize = 8 * 1024 * 1024;
/// For how long messages are sent together: a slow rate does not come in bursts.
const STRETCH: Duration = Duration::from_millis(250);
/// The pauses before what the queue did not accept is sent again. After the last one, the run stops.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
];

/// How far a run got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progressed {
    /// To its end, or to the end of the group.
    Through,
    /// To a signal.
    Interrupted,
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) staged: u64,
    /// Messages that cannot be staged, each with the reason.
    pub(crate) left: Vec<(String, String)>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "staged    {}", self.staged)?;
        for (id, reason) in &self.left {
            writeln!(f, "left      {id}: {reason}")?;
        }
        Ok(())
    }
}

/// A run cannot go on. Nothing is lost: the next run continues it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The staging queue does not accept messages.
    #[error(
        "the staging queue does not accept messages ({0}); run the same command again to continue"
    )]
    Staging(String),
}

/// What a run works with.
pub(crate) struct Stager<'a, S> {
    pub(crate) journal: &'a Journal,
    pub(crate) staging: &'a S,
    /// The queue of the webhook whose dead letters are staged again.
    pub(crate) webhook: Option<&'a S>,
    pub(crate) rate: Rate,
    pub(crate) progress: Progress,
}

impl<S: Sender> Stager<'_, S> {
    /// Stages what is pending, of that group if one is given, in order.
    pub(crate) async fn stage(
        &self,
        run: &Run,
        group: Option<&str>,
        counts: &mut Counts,
        signals: &mut Signals,
    ) -> Result<Progressed, RunError> {
        let pace = Pace::new(Some(self.rate));
        let most = self.rate.within(STRETCH).min(MOST);
        let mut pauses = PAUSES.iter();
        loop {
            let next = self.journal.next(group, most, BYTES)?;
            if next.is_empty() {
                return Ok(Progressed::Through);
            }
            tokio::select! {
                () = wait_for(&pace, next.len()) => {}
                _ = signals.next() => return Ok(Progressed::Interrupted),
            }
            let before = counts.staged;
            let error = self.send(run, next, counts).await?;
            if counts.staged > before {
                pauses = PAUSES.iter();
            }
            let Some(error) = error else { continue };
            let Some(pause) = pauses.next() else {
                return Err(RunError::Staging(error));
            };
            tokio::select! {
                () = sleep(*pause) => {}
                _ = signals.next() => return Ok(Progressed::Interrupted),
            }
        }
    }

    /// Sends messages and notes what became of them. Returns the error if some have to be sent
    /// again.
    async fn send(
        &self,
        run: &Run,
        next: Vec<(Place, Facts, Kept)>,
        counts: &mut Counts,
    ) -> Result<Option<String>, JournalError> {
        let (mut done, mut left) = (Vec::new(), Vec::new());
        let mut refuse = |place, facts: &Facts, reason| {
            let id = facts.id.clone().unwrap_or_default();
            counts.left.push((id, reason));
            left.push(place);
        };
        let (mut sent, mut sequences) = (Vec::new(), Vec::<Sequence<Message>>::new());
        let (mut events, mut of_events) = (Vec::new(), Vec::<Sequence<Message>>::new());
        for (place, facts, kept) in next {
            let replay = Replay {
                run: run.id.clone(),
                target: run.target.clone(),
                archived: run.archived,
            };
            match kept.again(&facts, replay) {
                Ok(message) => {
                    let sequence = Sequence {
                        messages: vec![message],
                    };
                    match facts.form {
                        Form::Staged => {
                            sent.push((place, facts));
                            sequences.push(sequence);
                        }
                        Form::Event => {
                            events.push((place, facts));
                            of_events.push(sequence);
                        }
                    }
                }
                Err(reason) => refuse(place, &facts, reason),
            }
        }
        let mut again = None;
        let mut results = send_all(self.staging, &sequences).await;
        if let Some(webhook) = self.webhook {
            sent.extend(events);
            results.extend(send_all(webhook, &of_events).await);
        } else {
            let reason = || "no queue of a webhook is given".to_owned();
            events
                .iter()
                .for_each(|(place, facts)| refuse(*place, facts, reason()));
        }
        for ((place, facts), result) in sent.into_iter().zip(results) {
            match result {
                Ok(()) => done.push(place),
                Err(SendError::Transient(error)) => {
                    again.get_or_insert(error.to_string());
                }
                Err(error @ SendError::Permanent(_)) => refuse(place, &facts, error.to_string()),
            }
        }
        self.journal.settle(&done, &left)?;
        counts.staged += done.len() as u64;
        self.progress.done_with((done.len() + left.len()) as u64);
        Ok(again)
    }
}

async fn wait_for(pace: &Pace, messages: usize) {
    for _ in 0..messages {
        pace.wait().await;
    }
}

#[cfg(test)]
mod tests;
