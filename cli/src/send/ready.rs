//! The devices whose next message may be sent.

use super::plan::Device;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// A queue of devices. A device is in the queue, or with a worker, or waits for a retry. It is
/// never in two places, which keeps its messages in order.
#[derive(Debug)]
pub(crate) struct Ready {
    state: Mutex<State>,
    /// The semaphore has one permit for each device in the queue; it is closed at the end.
    waiting: Semaphore,
    closed: CancellationToken,
    abandoned: CancellationToken,
}

#[derive(Debug)]
struct State {
    queue: VecDeque<Device>,
    /// The devices that have messages left, wherever they are.
    unfinished: usize,
}

impl Ready {
    /// A queue of all devices.
    pub(crate) fn new(devices: Vec<Device>) -> Ready {
        let waiting = Semaphore::new(devices.len());
        let state = State {
            unfinished: devices.len(),
            queue: devices.into(),
        };
        Ready {
            state: Mutex::new(state),
            waiting,
            closed: CancellationToken::new(),
            abandoned: CancellationToken::new(),
        }
    }

    /// Waits for the next device; `None` if all devices are finished or the queue was closed.
    pub(crate) async fn take(&self) -> Option<Device> {
        self.waiting.acquire().await.ok()?.forget();
        self.lock().queue.pop_front()
    }

    /// Puts back a device that has messages left.
    pub(crate) fn put(&self, device: Device) {
        self.lock().queue.push_back(device);
        self.waiting.add_permits(1);
    }

    /// Counts a device that has no messages left. After the last device, [`Ready::take`] ends.
    pub(crate) fn finish_one(&self) {
        let mut state = self.lock();
        state.unfinished = state.unfinished.saturating_sub(1);
        if state.unfinished == 0 {
            self.waiting.close();
        }
    }

    /// Ends [`Ready::take`] for every worker, even if devices are left.
    pub(crate) fn close(&self) {
        self.waiting.close();
        self.closed.cancel();
    }

    /// Waits until [`Ready::close`] is called.
    pub(crate) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Closes the queue, and ends the wait for answers.
    pub(crate) fn abandon(&self) {
        self.close();
        self.abandoned.cancel();
    }

    /// Waits until [`Ready::abandon`] is called.
    pub(crate) async fn abandoned(&self) {
        self.abandoned.cancelled().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
