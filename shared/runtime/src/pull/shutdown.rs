//! The end of a pull, and how much time is left after it.

use std::{pin::Pin, time::Duration};
use tokio::time::Instant;

pub(super) struct Shutdown<'a> {
    until: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
    grace: Duration,
    deadline: Option<Instant>,
}

impl<'a> Shutdown<'a> {
    pub(super) fn new(
        until: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
        grace: Duration,
    ) -> Self {
        Shutdown {
            until,
            grace,
            deadline: None,
        }
    }

    /// Waits for the end; returns at once if it has come.
    pub(super) async fn wait(&mut self) {
        if self.deadline.is_none() {
            self.until.as_mut().await;
            self.deadline = Some(Instant::now() + self.grace);
        }
    }

    /// Waits for the end, and then until the grace is over.
    pub(super) async fn wait_out(&mut self) {
        self.wait().await;
        if let Some(deadline) = self.deadline {
            tokio::time::sleep_until(deadline).await;
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.deadline.is_some()
    }
}
