//! The sources of a configuration that are pulled, in a task of their own.

use std::sync::Arc;
use thingrelay::{
    clock::Clock,
    config::{Config, Ingress},
    queue::Queue,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// A pull that goes on until it is ended. Dropping it breaks it off: the broker then hands out
/// again what was not acknowledged.
#[derive(Debug)]
pub struct Pulling {
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Pulling {
    /// Begins to pull into the staging queue, if the configuration has anything to pull.
    pub fn start(config: Arc<Config>, staging: Queue, clock: Clock) -> Option<Pulling> {
        let mut sources = config.sources.values();
        if !sources.any(|source| matches!(source.ingress, Ingress::Tuya(_))) {
            return None;
        }
        let stop = CancellationToken::new();
        let until = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            tuya::run(&config, &staging, clock, until).await;
        });
        Some(Pulling {
            stop,
            task: AbortOnDropHandle::new(task),
        })
    }

    /// Receives no more, and returns when what is staged is acknowledged and connections are
    /// closed.
    pub async fn end(self) {
        self.stop.cancel();
        // An error is a panic, which has been told.
        let _ = self.task.await;
    }
}
