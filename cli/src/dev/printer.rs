//! Prints each event once on standard output.

use super::{
    line::{line, printable},
    recent::Recent,
};
use crate::output::{
    colour::Colour,
    log::time_of_day,
    outlet::{Capacity, Condition, Outlet},
};
use std::{
    io,
    os::fd::OwnedFd,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use thingrelay::clock::Clock;
use thingrelay_core::normalize::OutgoingEvent;
use tokio_util::sync::CancellationToken;

/// The number of events that are remembered. An event that repeats one of them is not printed
/// again.
const REMEMBERED: usize = 100_000;
/// How much text may wait to be written; if more waits, no more batches are received.
const BACKLOG: Capacity = Capacity {
    pieces: 1000,
    bytes: 4 * 1024 * 1024,
};
/// How long writing the last events may take.
const FINISH_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait at the end for a reader that reads nothing.
const STALLED: Duration = Duration::from_secs(1);

/// Ends the line of an event that no target takes.
const NO_TARGET: &str = "(no target takes it)";

/// The format of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// The event itself, for programs.
    Json,
    /// A line for a person.
    Readable(Colour),
}

/// Prints the forwarded events.
#[derive(Debug)]
pub(crate) struct Printer {
    style: Style,
    recent: Mutex<Recent>,
    outlet: Outlet,
}

impl Printer {
    /// Starts to write to `out`. Once the reader of a pipe has gone, `gone` is cancelled, and later
    /// text is dropped. After any other failure, such as a full disk, the same text is written
    /// again.
    ///
    /// # Errors
    /// The system cannot start a thread.
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

    /// Waits until only a few lines wait to be written.
    pub(crate) async fn ready(&self) {
        self.outlet.room().await;
    }

    /// Prints no more, and waits until all lines are written, unless the reader reads nothing.
    /// Returns the number of lines that are not written.
    pub(crate) async fn finish(&self) -> usize {
        self.outlet.finish(FINISH_LIMIT, STALLED).await
    }

    /// Prints text that is not an event.
    pub(crate) fn print(&self, text: String) {
        self.outlet.push(text);
    }

    /// Prints the event with this id, unless it was printed before.
    pub(crate) fn show(&self, id: &str, event: &str) {
        if !self.is_new(id) {
            return;
        }
        let mut text = match self.style {
            Style::Json => event.to_owned(),
            Style::Readable(colour) => line(&time_of_day(&Clock::system()), event, colour),
        };
        text.push('\n');
        self.outlet.push(text);
    }

    /// Prints an event that its targets have.
    pub(crate) fn forwarded(&self, event: &OutgoingEvent) {
        self.show(&event.deduplication(), &event.json);
    }

    /// Prints an event that no target takes. Programs get the forwarded events only.
    pub(crate) fn unrouted(&self, event: &OutgoingEvent) {
        if let Style::Readable(colour) = self.style
            && self.is_new(&event.deduplication())
        {
            let text = line(&time_of_day(&Clock::system()), &event.json, colour);
            self.outlet
                .push(format!("{text}  {}\n", colour.paint("33", NO_TARGET)));
        }
    }

    /// Prints the outcome of an attempt to deliver an event to a webhook. Programs get the forwarded
    /// events only.
    pub(crate) fn delivery(&self, target: &str, event_id: &str, outcome: &str, is_well: bool) {
        let Style::Readable(colour) = self.style else {
            return;
        };
        let paint = if is_well { "32" } else { "33" };
        let text = format!(
            "{} {} {}  {}\n",
            colour.paint("2", &time_of_day(&Clock::system())),
            colour.paint(
                paint,
                &format!("{:<17}", printable(&format!("-> {target}")))
            ),
            printable(&shortened_id(event_id)),
            printable(outcome),
        );
        self.outlet.push(text);
    }

    /// Whether the event with this id was not printed before.
    fn is_new(&self, id: &str) -> bool {
        self.recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id)
    }
}

/// The beginning and the end of an id, which tell it from others in sight.
fn shortened_id(id: &str) -> String {
    match (id.get(..8), id.rsplit_once('-')) {
        (Some(begin), Some((stem, number))) if stem.len() > 8 => format!("{begin}…-{number}"),
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
