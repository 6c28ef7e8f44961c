//! The event source between a queue and its function, in place of Lambda's: the staging queue and
//! `consumer`, the queue of a webhook and `webhook`.
//!
//! Batches of at most ten messages are processed in parallel; the queue's locks limit each group to
//! one batch at a time. Messages that the function reports as failed stay on the queue, hidden for
//! as long as the function has set. The other messages are deleted.

use super::{
    record,
    response::{self, ResponseError},
    sqs::Sqs,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::types::Message;
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// The pause after a receive that failed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The part of an invocation's time that is reserved for the answer, as in the function `consumer`
/// in Lambda.
const MARGIN: Duration = Duration::from_secs(2);

/// A function that processes batches.
pub(crate) trait Function: Send + Sync + 'static {
    /// Waits until there is room for the events of another batch. No batch is received before.
    fn ready(&self) -> impl Future<Output = ()> + Send;

    /// Processes a batch before the deadline. The invocation ends some time after the deadline.
    fn invoke(
        &self,
        event: SqsEvent,
        deadline: Instant,
    ) -> impl Future<Output = Result<SqsBatchResponse, InvocationError>> + Send;
}

/// Why an invocation has processed nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    /// The function's own error, or that of the way to it.
    #[error(transparent)]
    Failed(Box<dyn Error + Send + Sync>),
    #[error("the function panicked")]
    Panicked,
    #[error("the function took too long")]
    TimedOut,
    /// The function's answer is about another batch.
    #[error(transparent)]
    Response(#[from] ResponseError),
}

/// A queue's event source.
#[derive(Debug)]
pub(crate) struct EventSource<F> {
    pub(crate) sqs: Sqs,
    pub(crate) url: String,
    pub(crate) arn: String,
    /// The function that processes the batches.
    pub(crate) function: Arc<F>,
    /// How long a received message is hidden, in seconds.
    pub(crate) visibility_timeout: u32,
    /// The number of batches that are processed at a time.
    pub(crate) batches: u32,
}

impl<F: Function> EventSource<F> {
    /// Processes batches until the future is dropped. The messages of an unfinished batch come
    /// again after their visibility timeout.
    pub(crate) async fn run(self) {
        let shared = Arc::new(self);
        let mut pollers = JoinSet::new();
        for _ in 0..shared.batches {
            let shared = Arc::clone(&shared);
            pollers.spawn(async move { shared.poll().await });
        }
        while let Some(ended) = pollers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, url = shared.url, "a poller of a queue has ended");
            }
        }
    }

    async fn poll(&self) {
        let visibility = i32::try_from(self.visibility_timeout).unwrap_or(i32::MAX);
        loop {
            self.function.ready().await;
            match self.sqs.receive(&self.url, visibility).await {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => self.work(messages).await,
                Err(error) => {
                    tracing::warn!(%error, url = self.url, "cannot receive from a queue");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    async fn work(&self, messages: Vec<Message>) {
        let outcome = self.invoke(record::event(&messages, &self.arn)).await;
        let done = outcome.and_then(|response| Ok(response::done(&messages, &response)?));
        match done {
            Ok(done) if done.is_empty() => {}
            Ok(done) => {
                if let Err(error) = self.sqs.delete(&self.url, &done).await {
                    tracing::warn!(%error, "cannot delete messages that are done, so they come again");
                }
            }
            Err(error) => {
                let messages = messages.len();
                tracing::error!(%error, messages, "a batch failed, so the whole batch comes again");
            }
        }
    }

    /// Ends the invocation well before the messages are visible again, so that a group is never
    /// processed twice at the same time.
    async fn invoke(&self, event: SqsEvent) -> Result<SqsBatchResponse, InvocationError> {
        let visibility = Duration::from_secs(u64::from(self.visibility_timeout));
        let limit = visibility * 5 / 6;
        let deadline = Instant::now() + limit - MARGIN.min(limit / 5);
        let function = Arc::clone(&self.function);
        // In a separate task, a panic ends only the invocation.
        let invocation = AbortOnDropHandle::new(tokio::spawn(async move {
            function.invoke(event, deadline).await
        }));
        match tokio::time::timeout(limit, invocation).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_panic() => Err(InvocationError::Panicked),
            Ok(Err(error)) => Err(InvocationError::Failed(error.into())),
            Err(_) => Err(InvocationError::TimedOut),
        }
    }
}

#[cfg(test)]
mod outage;
#[cfg(test)]
mod tests;
