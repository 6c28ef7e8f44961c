//! Writes text to standard output or standard error in a separate thread.
//!
//! A reader that reads nothing, a full disk or a pipe that takes nothing for now (`EAGAIN`) blocks
//! only this thread.

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use std::{
    collections::VecDeque,
    io,
    os::fd::OwnedFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// A pipe takes this many bytes whole or not at all. A call with at most this many bytes never
/// blocks after `poll`, and the bytes that were not written are known exactly.
const PIPE_BUF: usize = 4096;
/// The pause after a failure, such as a full disk.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How much text may wait to be written before the outlet counts as full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capacity {
    /// The number of pieces.
    pub(crate) pieces: usize,
    /// The number of bytes.
    pub(crate) bytes: usize,
}

/// The states that the writing thread reports.
#[derive(Debug)]
pub(crate) enum Condition {
    /// The reader has gone: later text is dropped.
    Gone,
    /// Writing fails, and is tried again.
    Failing(io::Error),
    /// Writing works again.
    Recovered,
}

/// A handle for handing over pieces of text.
#[derive(Debug, Clone)]
pub(crate) struct Outlet {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    capacity: Capacity,
    gap: fn(u64) -> String,
    state: Mutex<State>,
    /// Wakes the thread.
    filled: Condvar,
    /// Wakes the tasks that wait for room or for the end.
    shrunk: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<String>,
    /// The bytes of the waiting pieces.
    bytes: usize,
    /// The pieces that the thread is writing.
    in_hand: usize,
    /// The pieces that found no room since the last report.
    dropped: u64,
    closing: bool,
    ended: bool,
}

impl Outlet {
    /// Starts to write to `out`. The thread calls `told` when its state changes; `gap` gives the
    /// text that replaces dropped pieces, by their number.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub(crate) fn start(
        name: &str,
        out: OwnedFd,
        capacity: Capacity,
        gap: fn(u64) -> String,
        told: impl Fn(Condition) + Send + 'static,
    ) -> io::Result<Outlet> {
        let shared = Arc::new(Shared {
            capacity,
            gap,
            state: Mutex::default(),
            filled: Condvar::new(),
            shrunk: Notify::new(),
        });
        let writing = Arc::clone(&shared);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || writing.write_all(&out, told))?;
        Ok(Outlet { shared })
    }

    /// Hands over a piece, even if the outlet is full: wait for [`Outlet::room`] before.
    pub(crate) fn push(&self, piece: String) {
        let mut state = self.shared.lock();
        if !state.ended {
            state.append(piece);
            self.shared.filled.notify_one();
        }
    }

    /// Hands over a piece if there is room; otherwise drops and counts it.
    pub(crate) fn offer(&self, piece: String) {
        let mut state = self.shared.lock();
        let Capacity { pieces, bytes } = self.shared.capacity;
        // Once pieces are dropped, half of the waiting pieces have to be written first, so that
        // gaps do not alternate with single lines.
        let share = if state.dropped > 0 { 2 } else { 1 };
        if state.ended {
            return;
        }
        if state.waiting.len() >= pieces / share || state.bytes >= bytes / share {
            state.dropped += 1;
            return;
        }
        state.tell_gap(self.shared.gap);
        state.append(piece);
        self.shared.filled.notify_one();
    }

    /// Waits until there is room.
    pub(crate) async fn room(&self) {
        let Capacity { pieces, bytes } = self.shared.capacity;
        self.wait_until(|state| {
            state.ended || (state.waiting.len() < pieces && state.bytes < bytes)
        })
        .await;
    }

    /// Accepts no more pieces, and waits until all are written, for `limit` at most, and no longer
    /// than `stalled` for one piece. Returns the number of pieces that are not written.
    pub(crate) async fn finish(&self, limit: Duration, stalled: Duration) -> usize {
        self.shared.lock().closing = true;
        self.shared.filled.notify_one();
        let deadline = Instant::now() + limit;
        let mut left = self.shared.lock().left();
        loop {
            let until = deadline.min(Instant::now() + stalled);
            let known = left;
            let changed = self.wait_until(|state| state.ended || state.left() < known);
            let waited = tokio::time::timeout_at(until, changed).await;
            let state = self.shared.lock();
            left = state.left();
            if waited.is_err() || state.ended {
                return left;
            }
        }
    }

    async fn wait_until(&self, met: impl Fn(&State) -> bool) {
        loop {
            let shrunk = self.shared.shrunk.notified();
            if met(&self.shared.lock()) {
                return;
            }
            shrunk.await;
        }
    }
}

impl State {
    fn append(&mut self, piece: String) {
        self.bytes += piece.len();
        self.waiting.push_back(piece);
    }

    fn tell_gap(&mut self, gap: fn(u64) -> String) {
        if self.dropped > 0 {
            let piece = gap(std::mem::take(&mut self.dropped));
            self.append(piece);
        }
    }

    fn left(&self) -> usize {
        self.waiting.len() + self.in_hand
    }

    /// Takes as many pieces as one call writes, and at least one.
    fn take(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.waiting.front() {
            if self.in_hand > 0 && text.len() + next.len() > PIPE_BUF {
                break;
            }
            self.bytes -= next.len();
            text.push_str(next);
            self.waiting.pop_front();
            self.in_hand += 1;
        }
        text
    }
}

impl Shared {
    /// Writes until the outlet is closed and empty, or the reader has gone.
    fn write_all(&self, out: &OwnedFd, told: impl Fn(Condition)) {
        while let Some(text) = self.next() {
            match self.write(out, text.as_bytes(), &told) {
                Ok(()) => self.lock().in_hand = 0,
                Err(GivenUp::Gone) => {
                    told(Condition::Gone);
                    *self.lock() = State {
                        ended: true,
                        ..State::default()
                    };
                }
                Err(GivenUp::Closing) => self.lock().ended = true,
            }
            self.shrunk.notify_waiters();
        }
        self.lock().ended = true;
        self.shrunk.notify_waiters();
    }

    fn next(&self) -> Option<String> {
        let mut state = self.lock();
        loop {
            if state.ended {
                return None;
            }
            if state.waiting.is_empty() {
                state.tell_gap(self.gap);
            }
            if !state.waiting.is_empty() {
                return Some(state.take());
            }
            if state.closing {
                return None;
            }
            let woken = self.filled.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn write(
        &self,
        out: &OwnedFd,
        mut text: &[u8],
        told: &impl Fn(Condition),
    ) -> Result<(), GivenUp> {
        let mut is_failing = false;
        while !text.is_empty() {
            let chunk = text.get(..PIPE_BUF).unwrap_or(text);
            match ready(out).and_then(|()| rustix::io::write(out, chunk)) {
                Ok(written) => {
                    text = text.get(written..).unwrap_or_default();
                    if is_failing && written > 0 {
                        is_failing = false;
                        told(Condition::Recovered);
                    }
                }
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::PIPE) => return Err(GivenUp::Gone),
                Err(error) => {
                    if !is_failing {
                        is_failing = true;
                        told(Condition::Failing(error.into()));
                    }
                    self.pause()?;
                }
            }
        }
        Ok(())
    }

    /// Waits before another attempt. A failure while the outlet closes is not tried again.
    fn pause(&self) -> Result<(), GivenUp> {
        let deadline = std::time::Instant::now() + RETRY_PAUSE;
        let mut state = self.lock();
        loop {
            if state.closing {
                return Err(GivenUp::Closing);
            }
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let woken = self.filled.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the thread writes nothing more.
enum GivenUp {
    Gone,
    Closing,
}

/// Waits until a call would write something or fail.
fn ready(out: &OwnedFd) -> Result<(), Errno> {
    poll(&mut [PollFd::new(out, PollFlags::OUT)], None).map(|_| ())
}

#[cfg(test)]
mod tests;
