//! Queues of any SQS server, through the AWS SDK.

use std::collections::HashMap;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageSystemAttributeName, QueueAttributeName,
};
use rand::distr::{Alphanumeric, SampleString};
use tokio::time::Instant;

/// An SQS server.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    endpoint: String,
}

/// A received message.
#[derive(Clone, Debug)]
pub struct Received {
    pub body: String,
    /// The FIFO group; empty on a standard queue.
    pub group: String,
    /// The deduplication id; empty on a standard queue.
    pub deduplication_id: String,
}

impl Queues {
    /// The server at an endpoint such as `http://127.0.0.1:4566`.
    pub fn at(endpoint: &str) -> Self {
        Queues::in_region(endpoint, "us-east-1")
    }

    /// The server at an endpoint, with the queues of a region.
    pub fn in_region(endpoint: &str, region: &str) -> Self {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .endpoint_url(endpoint)
            .build();
        Queues {
            client: Client::from_conf(config),
            endpoint: endpoint.to_owned(),
        }
    }

    /// The URL of the server.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The SDK's client for the server.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Creates a FIFO queue with a fresh name that begins with `prefix`. Returns its URL. A message
    /// that is received and not deleted comes again after two seconds.
    pub async fn create_fifo(&self, prefix: &str) -> String {
        self.create_fifo_that_hides(prefix, 2).await
    }

    /// Like [`create_fifo`](Self::create_fifo), with this many seconds until a message comes again.
    /// For two programs that must not process the same message, this is more than any batch takes.
    pub async fn create_fifo_that_hides(&self, prefix: &str, seconds: u32) -> String {
        let random = Alphanumeric.sample_string(&mut rand::rng(), 12);
        self.create(
            &format!("{prefix}-{random}.fifo"),
            HashMap::from([
                (QueueAttributeName::FifoQueue, "true".to_owned()),
                (QueueAttributeName::VisibilityTimeout, seconds.to_string()),
            ]),
        )
        .await
    }

    /// Creates a standard queue with a fresh name that begins with `prefix`. Returns its URL.
    pub async fn create_standard(&self, prefix: &str) -> String {
        let random = Alphanumeric.sample_string(&mut rand::rng(), 12);
        self.create(&format!("{prefix}-{random}"), HashMap::new())
            .await
    }

    async fn create(&self, name: &str, attributes: HashMap<QueueAttributeName, String>) -> String {
        let answer = self
            .client
            .create_queue()
            .queue_name(name)
            .set_attributes(Some(attributes).filter(|attributes| !attributes.is_empty()))
            .send()
            .await
            .expect("a queue is made");
        let url = answer.queue_url.expect("a queue has a URL");
        // A server may return a URL with another host than its endpoint.
        format!("{}{}", self.endpoint, path_of(&url))
    }

    /// The URL of the only queue whose name contains `part`.
    ///
    /// # Panics
    ///
    /// If there is no such queue, or more than one.
    pub async fn find(&self, part: &str) -> String {
        let answer = self.client.list_queues().send().await;
        let urls = answer
            .expect("queues are listed")
            .queue_urls
            .unwrap_or_default();
        let found: Vec<&String> = urls
            .iter()
            .filter(|url| path_of(url).contains(part))
            .collect();
        match found.as_slice() {
            [url] => (*url).clone(),
            _ => panic!("not one queue named like {part}: {urls:?}"),
        }
    }

    /// Receives and deletes messages until `count` messages have come.
    ///
    /// # Panics
    ///
    /// If the messages do not come within `limit`.
    pub async fn receive(&self, url: &str, count: usize, limit: Duration) -> Vec<Received> {
        let deadline = Instant::now() + limit;
        let mut received = Vec::new();
        while received.len() < count {
            assert!(
                Instant::now() < deadline,
                "{} of {count} messages within {limit:?}",
                received.len()
            );
            received.extend(self.receive_batch(url, 1).await);
        }
        received
    }

    /// Receives and deletes messages until no message comes for a second.
    pub async fn drain(&self, url: &str) -> Vec<Received> {
        let mut received = Vec::new();
        loop {
            let batch = self.receive_batch(url, 1).await;
            if batch.is_empty() {
                return received;
            }
            received.extend(batch);
        }
    }

    async fn receive_batch(&self, url: &str, wait_seconds: i32) -> Vec<Received> {
        let answer = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .wait_time_seconds(wait_seconds)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .expect("messages are received");
        let messages = answer.messages.unwrap_or_default();
        if messages.is_empty() {
            return Vec::new();
        }
        let entries = messages.iter().enumerate().map(|(index, message)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .set_receipt_handle(message.receipt_handle.clone())
                .build()
                .expect("an entry has an id and a receipt")
        });
        let answer = self
            .client
            .delete_message_batch()
            .queue_url(url)
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .expect("messages are deleted");
        assert!(answer.failed.is_empty(), "{:?}", answer.failed);
        messages
            .into_iter()
            .map(|message| {
                let mut attributes = message.attributes.unwrap_or_default();
                let mut take = |name| attributes.remove(&name).unwrap_or_default();
                Received {
                    group: take(MessageSystemAttributeName::MessageGroupId),
                    deduplication_id: take(MessageSystemAttributeName::MessageDeduplicationId),
                    body: message.body.unwrap_or_default(),
                }
            })
            .collect()
    }
}

/// The URL of the same queue through another server, such as a proxy.
pub fn url_at(endpoint: &str, url: &str) -> String {
    format!("{endpoint}{}", path_of(url))
}

/// The part of a URL after its host.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |start| &rest[start..])
}
