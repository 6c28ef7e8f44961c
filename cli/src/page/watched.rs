//! The queues and targets of a run, watched, and broken on purpose.

use super::{faults::Faults, recorder::Recorder};
use push::Stage;
use std::sync::Arc;
use thingrelay::{
    ordered::Sender,
    queue::{Queue, SendError},
    target::TargetSender,
};
use thingrelay_core::message::{EventMessage, Message};

/// What watches, and what is broken.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) faults: Arc<Faults>,
}

/// The staging queue, as the endpoint sees it.
#[derive(Debug)]
pub(crate) struct WatchedStaging {
    pub(crate) queue: Queue,
    pub(crate) watch: Watch,
}

/// A target.
#[derive(Debug)]
pub(crate) struct WatchedTarget {
    pub(crate) name: String,
    pub(crate) sender: TargetSender,
    pub(crate) watch: Watch,
}

impl Watch {
    /// Watches with this recorder. Nothing is broken yet.
    pub(crate) fn by(recorder: Recorder) -> Watch {
        Watch {
            recorder: Arc::new(recorder),
            faults: Arc::default(),
        }
    }
}

impl Stage for WatchedStaging {
    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        let Watch { recorder, faults } = &self.watch;
        recorder.verified(message);
        if let Some(failure) = faults.of_staging() {
            return Err(failure);
        }
        self.queue.stage(message).await?;
        recorder.staged(message);
        Ok(())
    }
}

impl Sender<EventMessage> for WatchedTarget {
    async fn send_batch(&self, messages: &[&EventMessage]) -> Vec<Result<(), SendError>> {
        let Watch { recorder, faults } = &self.watch;
        let (slow, failures) = faults.of_target(&self.name, messages.len());
        if !slow.is_zero() {
            tokio::time::sleep(slow).await;
        }
        let passing = messages.iter().zip(&failures);
        let passing =
            passing.filter_map(|(message, failure)| failure.is_none().then_some(*message));
        let passing: Vec<&EventMessage> = passing.collect();
        let sent = match passing.is_empty() {
            true => Vec::new(),
            false => self.sender.send_batch(&passing).await,
        };
        let mut sent = sent.into_iter();
        let lost = || SendError::Transient("no answer for the message".into());
        let results = failures.into_iter().map(|failure| match failure {
            Some(failure) => Err(failure),
            None => sent.next().unwrap_or_else(|| Err(lost())),
        });
        let results: Vec<_> = results.collect();
        recorder.sent(&self.name, messages, &results);
        results
    }

    fn keeps_order(&self) -> bool {
        self.sender.keeps_order()
    }

    fn size(&self, message: &EventMessage) -> usize {
        self.sender.size(message)
    }

    fn max_call_bytes(&self) -> usize {
        self.sender.max_call_bytes()
    }
}
