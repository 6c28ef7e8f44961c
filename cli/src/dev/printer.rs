//! Events on standard output, each once.

use super::{line::line, recent::Recent};
use crate::output::{
    colour::Colour,
    log::time_of_day,
    outlet::{Capacity, Condition, Outlet},
};
use consumer::Observer;
use std::{
    io,
    os::fd::OwnedFd,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use thingrelay::clock::Clock;
use thingrelay_core::normalize::OutgoingEvent;
use tokio_util::sync::CancellationToken;

/// How many events are remembered: one that comes again among so many is not printed again.
const REMEMBERED: usize = 100_000;
/// How much may wait to be written before no more batches are taken.
const BACKLOG: Capacity = Capacity {
    pieces: 1000,
    bytes: 4 * 1024 * 1024,
};
/// How long the last events may take to be written.
const FINISH_LIMIT: Duration = Duration::from_secs(10);
/// How long a reader that reads nothing is waited for at the end.
const STALLED: Duration = Duration::from_secs(1);

/// How an event is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// The event itself, for programs.
    Json,
    /// A line for people.
    Readable(Colour),
}

/// Prints the events that are forwarded.
#[derive(Debug)]
pub(crate) struct Printer {
    style: Style,
    recent: Mutex<Recent>,
    outlet: Outlet,
}

impl Printer {
    /// Begins to write to `out`. Once the reader of a pipe has gone, `gone` is cancelled, and what
    /// follows is written nowhere. After any other failure, such as a full disk, the same text is
    /// tried again.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        out: OwnedFd,
        style: Style,
        gone: CancellationToken,
    ) -> io::Result<Printer> {
        let told = move |condition| match condition {
            Condition::Gone => gone.cancel(),
            Condition::Failing(error) => {
                tracing::error!(%error, "cannot write to standard output, trying again");
            }
            Condition::Recovered => tracing::warn!("standard output can be written to again"),
        };
        Ok(Printer {
            style,
            recent: Mutex::new(Recent::new(REMEMBERED)),
            outlet: Outlet::start("printer", out, BACKLOG, |_| String::new(), told)?,
        })
    }

    /// Waits until few enough lines wait.
    pub(crate) async fn ready(&self) {
        self.outlet.room().await;
    }

    /// Prints no more, and waits until all is written, unless the reader reads nothing. How many
    /// lines are not written.
    pub(crate) async fn finish(&self) -> usize {
        self.outlet.finish(FINISH_LIMIT, STALLED).await
    }

    /// Prints text that is no event.
    pub(crate) fn print(&self, text: String) {
        self.outlet.push(text);
    }

    /// Prints an event with that id, unless it was printed before.
    pub(crate) fn show(&self, id: &str, event: &str) {
        let is_new = self
            .recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
        if !is_new {
            return;
        }
        let mut text = match self.style {
            Style::Json => event.to_owned(),
            Style::Readable(colour) => line(&time_of_day(&Clock::system()), event, colour),
        };
        text.push('\n');
        self.outlet.push(text);
    }
}

impl Observer for Printer {
    fn forwarded(&self, event: &OutgoingEvent) {
        self.show(&event.id, &event.json);
    }

    // The log says it, with the reason.
    fn quarantined(&self, _source: Option<&str>, _reason: &str) {}
}

#[cfg(test)]
mod tests;
