//! Pulls from the sources of a configuration that are pulled, in a separate task.

use super::queues::STAGING;
use crate::{ckafka, page::Recorder};
use futures::FutureExt;
use sqs_server::Monitor;
use std::{sync::Arc, time::Duration};
use thingrelay::{
    clock::Clock,
    ordered::Sender,
    queue::{Queue, SendError},
};
use thingrelay_core::{
    config::{EdgeConfig, Ingress},
    message::Message,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// How many messages may wait to be forwarded; if more wait, no more are staged. Staged messages
/// are acknowledged, and a queue in memory is lost with the process.
const MOST_WAITING: usize = 500;
/// How often the number of waiting messages is checked.
const POLL: Duration = Duration::from_millis(20);

/// A pull that runs until it is ended. Dropping it aborts the pull: the broker then delivers
/// unacknowledged messages again.
#[derive(Debug)]
pub(crate) struct Pulling {
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Pulling {
    /// Starts to pull into the staging queue, if the configuration has a source that is pulled.
    pub(crate) fn start(
        config: Arc<EdgeConfig>,
        staging: Queue,
        monitor: Monitor,
        clock: Clock,
        recorder: Arc<Recorder>,
    ) -> Option<Pulling> {
        let mut sources = config.sources.values();
        let has_tuya = sources.any(|source| matches!(source.ingress, Ingress::Tuya(_)));
        if !has_tuya && ckafka::pulled(&config).next().is_none() {
            return None;
        }
        let staging = Paced {
            staging,
            monitor,
            recorder,
        };
        let stop = CancellationToken::new();
        let until = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let until = until.shared();
            tokio::join!(
                thingrelay_tuya::run(&config, &staging, clock.clone(), until.clone()),
                ckafka::pull(&config, &staging, clock, "dev", until),
            );
        });
        Some(Pulling {
            stop,
            task: AbortOnDropHandle::new(task),
        })
    }

    /// Stops receiving, and returns once the staged messages are acknowledged and the connections
    /// are closed.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        // An error is a panic, which has already been reported.
        let _ = self.task.await;
    }
}

/// The staging queue, which is not filled faster than it is emptied.
struct Paced {
    staging: Queue,
    monitor: Monitor,
    recorder: Arc<Recorder>,
}

impl Paced {
    fn is_full(&self) -> bool {
        let depth = self.monitor.depth(STAGING);
        depth.is_some_and(|depth| depth.visible + depth.in_flight >= MOST_WAITING)
    }
}

impl Sender for Paced {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        while self.is_full() {
            tokio::time::sleep(POLL).await;
        }
        let stage = async |messages: &[&Message]| self.staging.send_batch(messages).await;
        self.recorder.pulled(messages, stage).await
    }
}
