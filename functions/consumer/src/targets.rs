//! The targets of the configuration, as queues to send to.

use thingrelay::{
    config::{Config, TargetKind},
    queue::{Patience, Queue},
};

/// Open targets, in the order of the configuration.
#[derive(Debug)]
pub struct Targets<S = Queue>(Vec<S>);

impl<S> Targets<S> {
    /// Targets that are open already.
    pub fn new(targets: Vec<S>) -> Self {
        Targets(targets)
    }

    pub(crate) fn of(&self, _config: &Config) -> &[S] {
        &self.0
    }
}

impl Targets<Queue> {
    /// Opens a configuration's targets. Nothing is sent yet.
    pub async fn open(config: &Config) -> Self {
        let mut queues = Vec::with_capacity(config.targets.len());
        for target in &config.targets {
            let TargetKind::Sqs(sqs) = &target.kind;
            queues.push(Queue::open(sqs.queue_url.clone(), Patience::Background).await);
        }
        Targets(queues)
    }
}
