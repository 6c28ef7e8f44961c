//! Events on standard output, each once, written by a thread of its own.

use super::{colour::Colour, line::line, log::time_of_day, recent::Recent};
use consumer::Observer;
use std::{
    io::{self, BufWriter, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender, TryRecvError},
    },
    thread,
};
use thingrelay::{clock::Clock, normalize::OutgoingEvent};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

/// How many events are remembered: one that comes again among so many is not printed again.
const REMEMBERED: usize = 100_000;
/// How many lines may wait before no more batches are taken.
const MAX_BACKLOG: usize = 10_000;

/// How an event is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The event itself, for programs.
    Json,
    /// A line for people.
    Readable(Colour),
}

/// Prints the events that are forwarded.
#[derive(Debug)]
pub struct Printer {
    style: Style,
    recent: Mutex<Recent>,
    lines: Mutex<Option<Sender<String>>>,
    backlog: Arc<Backlog>,
    written: Mutex<Option<oneshot::Receiver<()>>>,
}

/// The lines that wait to be written.
#[derive(Debug, Default)]
struct Backlog {
    lines: AtomicUsize,
    shrunk: Notify,
}

impl Printer {
    /// Begins to write to `out`. If that breaks, as when a reader of a pipe has gone, `broken` is
    /// told, and what follows is written nowhere.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        out: impl Write + Send + 'static,
        style: Style,
        broken: CancellationToken,
    ) -> io::Result<Printer> {
        let (lines, waiting) = mpsc::channel();
        let (done, written) = oneshot::channel();
        let backlog = Arc::new(Backlog::default());
        let shrinking = Arc::clone(&backlog);
        thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || {
                if write(&waiting, out, &shrinking).is_err() {
                    broken.cancel();
                    waiting.iter().for_each(|_| shrinking.shrink());
                }
                // Nobody may be waiting any more.
                let _ = done.send(());
            })?;
        Ok(Printer {
            style,
            recent: Mutex::new(Recent::new(REMEMBERED)),
            lines: Mutex::new(Some(lines)),
            backlog,
            written: Mutex::new(Some(written)),
        })
    }

    /// Waits until few enough lines wait.
    pub async fn ready(&self) {
        loop {
            let shrunk = self.backlog.shrunk.notified();
            if self.backlog.lines.load(Ordering::SeqCst) < MAX_BACKLOG {
                return;
            }
            shrunk.await;
        }
    }

    /// Prints no more, and waits until all is written.
    pub async fn finish(&self) {
        let _ = lock(&self.lines).take();
        let written = lock(&self.written).take();
        if let Some(written) = written {
            // An error means that the thread has ended, too.
            let _ = written.await;
        }
    }

    /// Prints an event with that id, unless it was printed before.
    pub fn show(&self, id: &str, event: &str) {
        if !lock(&self.recent).insert(id) {
            return;
        }
        let mut text = match self.style {
            Style::Json => event.to_owned(),
            Style::Readable(colour) => line(&time_of_day(&Clock::system()), event, colour),
        };
        text.push('\n');
        if let Some(lines) = lock(&self.lines).as_ref() {
            self.backlog.lines.fetch_add(1, Ordering::SeqCst);
            // An error means that the thread has ended, and nothing is written any more.
            let _ = lines.send(text);
        }
    }
}

impl Observer for Printer {
    fn forwarded(&self, event: &OutgoingEvent) {
        self.show(&event.id, &event.json);
    }

    // The log says it, with the reason.
    fn quarantined(&self, _source: Option<&str>, _reason: &str) {}
}

impl Backlog {
    fn shrink(&self) {
        if self.lines.fetch_sub(1, Ordering::SeqCst) == MAX_BACKLOG {
            self.shrunk.notify_waiters();
        }
    }
}

/// Writes until there are no more lines, and flushes whenever none waits.
fn write(lines: &Receiver<String>, out: impl Write, backlog: &Backlog) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    loop {
        let line = match lines.try_recv() {
            Ok(line) => line,
            Err(TryRecvError::Disconnected) => return out.flush(),
            Err(TryRecvError::Empty) => {
                out.flush()?;
                match lines.recv() {
                    Ok(line) => line,
                    Err(_) => return Ok(()),
                }
            }
        };
        backlog.shrink();
        out.write_all(line.as_bytes())?;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
