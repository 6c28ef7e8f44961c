//! The SQS calls of the event source, and those that create queues on the embedded server. As
//! everywhere, they go through the AWS SDK over HTTP.

use aws_credential_types::Credentials;
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig},
    types::{
        DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
    },
};
use std::{collections::HashMap, time::Duration};
use thingrelay::{aws::CallError, queue::ReceiptError};

/// The region of the embedded server.
pub(crate) const REGION: &str = "us-east-1";
/// The most messages of a batch: the limit of Lambda for a FIFO queue, and of SQS for one call.
pub(crate) const MAX_BATCH: i32 = 10;
/// How long a receive waits for messages.
const LONG_POLL: Duration = Duration::from_secs(20);

/// The embedded server.
#[derive(Debug, Clone)]
pub(crate) struct Sqs(Client);

impl Sqs {
    /// The server at an endpoint such as `http://127.0.0.1:9324`.
    pub(crate) fn at(endpoint: &str) -> Sqs {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(LONG_POLL + Duration::from_secs(10))
            .build();
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("local", "local", None, None, "loopback"))
            .endpoint_url(endpoint)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard())
            .build();
        Sqs(Client::from_conf(config))
    }

    /// Creates a queue with these attributes, or sets them on an existing queue. Returns the URL.
    ///
    /// # Errors
    /// The server does not do so.
    pub(crate) async fn queue(
        &self,
        name: &str,
        attributes: HashMap<QueueAttributeName, String>,
    ) -> Result<String, CallError> {
        let there = self.0.get_queue_url().queue_name(name).send().await;
        let url = match there {
            Ok(output) => output.queue_url,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_queue_does_not_exist()) =>
            {
                let attributes = Some(attributes).filter(|attributes| !attributes.is_empty());
                let call = self.0.create_queue().queue_name(name);
                let made = call.set_attributes(attributes).send().await;
                return made?.queue_url.ok_or_else(no_url);
            }
            Err(error) => return Err(error.into()),
        };
        let url = url.ok_or_else(no_url)?;
        // The name of a queue decides at its creation whether it is FIFO.
        let attributes: HashMap<_, _> = attributes
            .into_iter()
            .filter(|(name, _)| *name != QueueAttributeName::FifoQueue)
            .collect();
        if !attributes.is_empty() {
            let call = self.0.set_queue_attributes().queue_url(&url);
            let set = call.set_attributes(Some(attributes)).send().await;
            set?;
        }
        Ok(url)
    }

    /// The ARN of a queue.
    ///
    /// # Errors
    /// The server does not answer with an ARN.
    pub(crate) async fn arn(&self, url: &str) -> Result<String, CallError> {
        let call = self.0.get_queue_attributes().queue_url(url);
        let output = call
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await?;
        output
            .attributes
            .and_then(|mut attributes| attributes.remove(&QueueAttributeName::QueueArn))
            .ok_or_else(|| "the server gives no ARN".into())
    }

    /// Waits for messages, for 20 s at most.
    ///
    /// # Errors
    /// The server does not answer, or refuses.
    pub(crate) async fn receive(
        &self,
        url: &str,
        visibility_seconds: i32,
    ) -> Result<Vec<Message>, CallError> {
        let wait = i32::try_from(LONG_POLL.as_secs()).unwrap_or(i32::MAX);
        let output = self
            .0
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(MAX_BATCH)
            .visibility_timeout(visibility_seconds)
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await?;
        Ok(output.messages.unwrap_or_default())
    }

    /// Deletes messages by their receipts, [`MAX_BATCH`] at most.
    ///
    /// # Errors
    /// Some or all of the messages are still on the queue.
    pub(crate) async fn delete(&self, url: &str, receipts: &[&str]) -> Result<(), ReceiptError> {
        let failed = |failed, source| ReceiptError {
            asked: receipts.len(),
            failed,
            source,
        };
        let mut call = self.0.delete_message_batch().queue_url(url);
        for (index, receipt) in receipts.iter().enumerate() {
            let entry = DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(*receipt)
                .build()
                .map_err(|_| failed(receipts.len(), "the call lacks an id or a receipt".into()))?;
            call = call.entries(entry);
        }
        let output = call.send().await;
        let output = output.map_err(|error| failed(receipts.len(), error.into()))?;
        match output.failed.first() {
            None => Ok(()),
            Some(first) => Err(failed(
                output.failed.len(),
                CallError::service(&first.code, first.message.as_deref()),
            )),
        }
    }
}

fn no_url() -> CallError {
    "the server gives no URL of the queue".into()
}
