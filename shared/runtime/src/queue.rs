//! SQS.
//!
//! # Layout
//!
//! * [`error`]: failures, by what the sender can do.
//! * [`received`]: what a receiver does with messages that it was handed.

pub mod error;
pub mod received;

pub use error::SendError;
pub use received::{MAX_HIDDEN, ReceiptError};

use crate::aws::Aws;
use aws_sdk_sqs::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig,
        retry::{RetryConfig, RetryPartition},
        timeout::TimeoutConfig,
    },
    types::SendMessageBatchRequestEntry,
};
use std::time::Duration;
use thingrelay_core::{
    message::{MAX_BYTES, Message},
    queue_url::QueueUrl,
};

/// The most messages that one call sends.
pub const MAX_BATCH: usize = 10;

/// How long to wait before messages that a call did not get accepted are sent again.
const PARTIAL_RETRIES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(800),
];

/// How long a sender waits for a queue, all tries of one call together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendTimeout {
    /// A platform waits for the answer: 2.5 s in all.
    Edge,
    /// Nobody waits: 20 s in all.
    Background,
}

/// A queue to send to, and to settle received messages with.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: QueueUrl,
    aws: Aws,
}

impl Queue {
    /// A client for a queue. Nothing is sent yet.
    ///
    /// The region is that of the URL, else that of the environment, where the credentials come
    /// from. A queue on this machine's loopback interface needs neither.
    pub async fn open(aws: &Aws, url: QueueUrl, timeout: SendTimeout) -> Queue {
        let (whole, attempt) = match timeout {
            SendTimeout::Edge => (Duration::from_millis(2500), Duration::from_millis(1200)),
            SendTimeout::Background => (Duration::from_secs(20), Duration::from_secs(6)),
        };
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(whole)
            .operation_attempt_timeout(attempt)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::from_millis(50));
        let config = if url.is_loopback() {
            aws_sdk_sqs::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .credentials_provider(Credentials::new("local", "local", None, None, "loopback"))
        } else {
            // The URL names the endpoint: the SDK refuses every call where the environment asks for
            // another variant of it (AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT).
            let config = aws_sdk_sqs::config::Builder::from(aws.environment().await)
                .use_fips(false)
                .use_dual_stack(false);
            match url.region() {
                Some(region) => config.region(Region::new(region.to_owned())),
                None => config,
            }
        };
        let config = config
            .http_client(aws.http_client())
            .endpoint_url(url.origin())
            .timeout_config(timeouts)
            .retry_config(retries)
            // The SDK bounds retries for all clients of a service together, by default: a target
            // that is down would take them from the staging queue, too.
            .retry_partition(RetryPartition::new(url.as_str().to_owned()))
            // It watches streams of bytes, and SQS has none: the time-outs are above.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Queue {
            client: Client::from_conf(config),
            url,
            aws: aws.clone(),
        }
    }

    /// Connects ahead of the first send, which then takes a round trip and no more. It takes
    /// 0.4 s at most; whether it succeeds is for the first send to find out.
    pub async fn connect(&self) {
        self.aws.connect(self.url.origin()).await;
    }

    /// Where the queue is.
    pub fn url(&self) -> &QueueUrl {
        &self.url
    }

    /// Sends one message, and returns once the queue has accepted it.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        check(message)?;
        let fifo = message.fifo.as_ref().filter(|_| self.url.is_fifo());
        self.client
            .send_message()
            .queue_url(self.url.as_str())
            .message_body(&message.body)
            .set_message_group_id(fifo.map(|fifo| fifo.group.clone()))
            .set_message_deduplication_id(fifo.map(|fifo| fifo.deduplication.clone()))
            .send()
            .await
            .map_err(|error| error::classify(&error))
            .and_then(|output| match output.message_id.as_deref() {
                // An answer of 200 that does not name the message did not come from a queue that has it.
                None | Some("") => Err(SendError::Transient(
                    "the answer does not name the message".to_owned(),
                )),
                Some(_) => Ok(()),
            })
    }

    /// Sends up to [`MAX_BATCH`] messages of at most [`MAX_BYTES`] in one call. The result is one
    /// for each message, in their order.
    ///
    /// Messages that the queue did not accept for now, of a call that it answered, are sent again
    /// a few times: the SDK does that for whole calls only, and each time that a staged message is
    /// handed back counts against it.
    pub async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let mut results: Vec<Result<(), SendError>> =
            messages.iter().map(|message| check(message)).collect();
        let mut open: Vec<usize> = (0..messages.len())
            .filter(|index| matches!(results.get(*index), Some(Ok(()))))
            .collect();
        for delay in PARTIAL_RETRIES {
            open = self.send_once(messages, open, &mut results).await;
            if open.is_empty() {
                return results;
            }
            tokio::time::sleep(delay).await;
        }
        self.send_once(messages, open, &mut results).await;
        results
    }

    /// One call for the messages of those indices. Returns those that may be sent again at once.
    async fn send_once(
        &self,
        messages: &[&Message],
        indices: Vec<usize>,
        results: &mut [Result<(), SendError>],
    ) -> Vec<usize> {
        let mut entries = Vec::with_capacity(indices.len());
        let mut sent = Vec::with_capacity(indices.len());
        for index in indices {
            match messages
                .get(index)
                .map(|message| self.entry(index, message))
            {
                Some(Ok(entry)) => {
                    entries.push(entry);
                    sent.push(index);
                }
                Some(Err(error)) => set(results, index, Err(error)),
                None => {}
            }
        }
        if entries.is_empty() {
            return Vec::new();
        }
        let call = self
            .client
            .send_message_batch()
            .queue_url(self.url.as_str());
        let output = match call.set_entries(Some(entries)).send().await {
            Ok(output) => output,
            Err(error) => {
                let error = error::classify_batch(&error);
                for index in sent {
                    set(results, index, Err(error.clone()));
                }
                return Vec::new();
            }
        };
        // What the answer does not name as accepted was not accepted.
        let mut again = Vec::new();
        for index in sent {
            let id = index.to_string();
            if output.successful.iter().any(|entry| entry.id == id) {
                set(results, index, Ok(()));
                continue;
            }
            let failed = output.failed.iter().find(|entry| entry.id == id);
            let error = failed.map_or_else(
                || SendError::Transient("the answer names the message nowhere".to_owned()),
                |entry| error::classify_code(&entry.code, entry.message.as_deref()),
            );
            if matches!(error, SendError::Transient(_)) {
                again.push(index);
            }
            set(results, index, Err(error));
        }
        again
    }

    fn entry(
        &self,
        index: usize,
        message: &Message,
    ) -> Result<SendMessageBatchRequestEntry, SendError> {
        let fifo = message.fifo.as_ref().filter(|_| self.url.is_fifo());
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(&message.body)
            .set_message_group_id(fifo.map(|fifo| fifo.group.clone()))
            .set_message_deduplication_id(fifo.map(|fifo| fifo.deduplication.clone()))
            .build()
            .map_err(|error| SendError::Transient(error.to_string()))
    }
}

/// What can be known before a call: a message over the limit will never be accepted.
fn check(message: &Message) -> Result<(), SendError> {
    if message.body.len() > MAX_BYTES {
        return Err(SendError::Permanent("too_large".to_owned()));
    }
    Ok(())
}

fn set(results: &mut [Result<(), SendError>], index: usize, outcome: Result<(), SendError>) {
    if let Some(result) = results.get_mut(index) {
        *result = outcome;
    }
}

#[cfg(test)]
mod tests;
