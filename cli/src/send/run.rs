//! One run: its workers, the signals that end it, and its summary.

use super::{
    args::Messages,
    body,
    plan::{Content, Plan},
    ready::Ready,
    tally::{Summary, Tally},
    worker::{Link, Retries, Worker},
};
use crate::{pace::Pace, progress::Progress, signals::Signals};
use std::{sync::Arc, time::Instant};
use tokio::task::JoinSet;

/// A run, which handles the signals from its start.
pub(super) struct Run {
    signals: Signals,
}

/// The result of the preparation.
pub(super) enum Prepared {
    /// The messages to send.
    Plan(Plan),
    /// A signal came while standard input was read.
    Ended(Summary),
}

impl Run {
    /// # Errors
    /// The system does not allow signal handlers.
    pub(super) fn begin() -> anyhow::Result<Run> {
        Ok(Run {
            signals: Signals::take(None)?,
        })
    }

    /// Plans the messages, with the body that the user gives or the content of their kind.
    ///
    /// # Errors
    /// The body cannot be read.
    pub(super) async fn prepare(
        &mut self,
        messages: &Messages,
        of_kind: impl FnOnce() -> Content,
    ) -> anyhow::Result<Prepared> {
        let started = Instant::now();
        let content = tokio::select! {
            given = body::given(messages) => match given? {
                Some(template) => Content::Template(template),
                None => of_kind(),
            },
            _ = self.signals.next() => {
                return Ok(Prepared::Ended(Summary {
                    messages: messages.count,
                    devices: messages.count.min(u64::from(messages.devices)),
                    elapsed: started.elapsed(),
                    tally: Tally::default(),
                }));
            }
        };
        Ok(Prepared::Plan(Plan::new(content, messages)))
    }

    /// Sends the messages; each worker has its own link.
    ///
    /// # Errors
    /// A worker has panicked.
    pub(super) async fn play<L: Link + 'static>(
        &mut self,
        messages: &Messages,
        plan: Plan,
        link: impl Fn() -> L,
    ) -> anyhow::Result<Summary> {
        let ready = Arc::new(Ready::new(plan.devices()));
        let pace = Arc::new(Pace::new(messages.rate));
        let progress = Progress::new(plan.messages());
        let retries = if messages.no_retry {
            Retries::None
        } else {
            Retries::Platform
        };
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        let plan = Arc::new(plan);
        for _ in 0..messages.concurrency.min(messages.devices) {
            let worker = Worker {
                plan: Arc::clone(&plan),
                ready: Arc::clone(&ready),
                pace: Arc::clone(&pace),
                progress: progress.clone(),
                link: link(),
                retries,
            };
            tasks.spawn(worker.run());
        }
        let mut tally = Tally::default();
        loop {
            tokio::select! {
                finished = tasks.join_next() => match finished {
                    Some(finished) => tally.merge(finished?),
                    None => break,
                },
                // At a signal, each worker ends after the answer that it is waiting for; at the
                // next signal, without it.
                signal = self.signals.next() => match self.signals.count() {
                    1 => {
                        ready.close();
                        progress.tell(&format!(
                            "Waiting for the answers to the messages under way. A second {signal} ends the run at once."
                        ));
                    }
                    _ => ready.abandon(),
                },
            }
        }
        progress.finish();
        Ok(Summary {
            messages: plan.messages(),
            devices: plan.device_count(),
            elapsed: started.elapsed(),
            tally,
        })
    }
}
