//! An SQS queue to send to.
//!
//! # Layout
//!
//! * [`received`]: receives messages, hides and deletes them.

pub mod received;

pub use crate::{send_error::SendError, send_timeout::SendTimeout};
pub use received::{Depth, MAX_HIDDEN, ReceiptError, ReceivedMessage};

use crate::{aws::Aws, resending::Resending, send_error::Service};
use aws_sdk_sqs::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig, retry::RetryPartition,
    },
    types::{MessageAttributeValue, SendMessageBatchRequestEntry},
};
use std::collections::HashMap;
use thingrelay_core::{
    message::{MAX_BYTES, Message},
    queue_url::QueueUrl,
};

/// The most messages that one call sends.
pub const MAX_BATCH: usize = 10;

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors>.
const SQS: Service = Service {
    of_the_message: &[
        "InvalidMessageContents",
        "InvalidParameterValue",
        "InvalidAttributeValue",
        "MessageTooLong",
    ],
};

/// A queue to send to, and to hide or delete received messages of.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: QueueUrl,
    aws: Aws,
}

impl Queue {
    /// Makes a client for a queue. Sends nothing yet.
    ///
    /// The region is that of the URL, else that of the environment, which also gives the
    /// credentials. A queue on this machine's loopback interface needs neither.
    pub async fn open(aws: &Aws, url: QueueUrl, timeout: SendTimeout) -> Queue {
        let config = if url.is_loopback() {
            aws_sdk_sqs::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .credentials_provider(Credentials::new("local", "local", None, None, "loopback"))
        } else {
            // The URL names the endpoint. The SDK refuses every call if the environment asks for
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
            .timeout_config(timeout.config())
            .retry_config(SendTimeout::retries())
            // By default, the SDK limits the retries of all clients of a service together. A target
            // that is down would use up the retries of the staging queue, too.
            .retry_partition(RetryPartition::new(url.as_str().to_owned()))
            // The protection is for byte streams, and SQS has none. The time-outs are above.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Queue {
            client: Client::from_conf(config),
            url,
            aws: aws.clone(),
        }
    }

    /// Connects ahead of the first send, which then takes only a round trip. Connecting takes 0.4 s
    /// at most. If it fails, the first send reports the failure.
    pub async fn connect(&self) {
        self.aws.connect(self.url.origin()).await;
    }

    /// The queue's URL.
    pub fn url(&self) -> &QueueUrl {
        &self.url
    }

    /// Sends one message, and returns once the queue has accepted it.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        self.send_with(message, &[]).await
    }

    /// The same, with attributes of the message. Their names and values are not empty, and count
    /// towards [`MAX_BYTES`].
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send_with(
        &self,
        message: &Message,
        attributes: &[(&str, String)],
    ) -> Result<(), SendError> {
        check(message)?;
        let attributes = attributes.iter().map(|(name, value)| {
            let attribute = MessageAttributeValue::builder().data_type("String");
            let attribute = attribute.string_value(value).build();
            attribute.map(|attribute| ((*name).to_owned(), attribute))
        });
        let attributes: HashMap<_, _> = attributes
            .collect::<Result<_, _>>()
            .map_err(|_| SendError::Transient("an attribute lacks a type".into()))?;
        let fifo = message.fifo.as_ref().filter(|_| self.url.is_fifo());
        self.client
            .send_message()
            .queue_url(self.url.as_str())
            .message_body(&message.body)
            .set_message_group_id(fifo.map(|fifo| fifo.group.clone()))
            .set_message_deduplication_id(fifo.map(|fifo| fifo.deduplication.clone()))
            .set_message_attributes((!attributes.is_empty()).then_some(attributes))
            .send()
            .await
            .map_err(|error| SQS.classify(error.into()))
            .and_then(|output| match output.message_id.as_deref() {
                // An answer of 200 without a message id did not come from a queue that has the
                // message.
                None | Some("") => Err(SendError::Transient(
                    "the answer does not name the message".into(),
                )),
                Some(_) => Ok(()),
            })
    }

    /// Sends up to [`MAX_BATCH`] messages of at most [`MAX_BYTES`] in one call. Returns one result
    /// for each message, in their order.
    ///
    /// If the queue answers a call but does not accept some of its messages for now, these are sent
    /// again a few times.
    pub async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let mut sending = Resending::new(messages.iter().map(|message| check(message)));
        while let Some(positions) = sending.next().await {
            self.send_once(messages, positions, &mut sending).await;
        }
        sending.into_results()
    }

    /// One call for the messages at these positions.
    async fn send_once(
        &self,
        messages: &[&Message],
        positions: Vec<usize>,
        sending: &mut Resending,
    ) {
        let mut entries = Vec::with_capacity(positions.len());
        let mut sent = Vec::with_capacity(positions.len());
        for position in positions {
            match messages
                .get(position)
                .map(|message| self.entry(position, message))
            {
                Some(Ok(entry)) => {
                    entries.push(entry);
                    sent.push(position);
                }
                Some(Err(error)) => sending.set(position, Err(error)),
                None => {}
            }
        }
        if entries.is_empty() {
            return;
        }
        let call = self
            .client
            .send_message_batch()
            .queue_url(self.url.as_str());
        let output = match call.set_entries(Some(entries)).send().await {
            Ok(output) => output,
            Err(error) => {
                let error = SQS.classify_batch(error.into());
                for position in sent {
                    sending.set(position, Err(error.clone()));
                }
                return;
            }
        };
        // A message that the answer does not list as accepted was not accepted.
        for position in sent {
            let id = position.to_string();
            let failed = output.failed.iter().find(|entry| entry.id == id);
            let result = if output.successful.iter().any(|entry| entry.id == id) {
                Ok(())
            } else {
                Err(failed.map_or_else(SendError::unanswered, |entry| {
                    SQS.classify_code(&entry.code, entry.message.as_deref())
                }))
            };
            sending.settle(position, result);
        }
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
            .map_err(|_| SendError::Transient("the call lacks an id or a body".into()))
    }
}

/// Checks what can be known before a call: a message over the limit will never be accepted.
fn check(message: &Message) -> Result<(), SendError> {
    if message.body.len() > MAX_BYTES {
        return Err(SendError::too_large());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
