//! The server under test, through the AWS SDK.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use rand::distr::{Alphanumeric, SampleString};

use crate::case_error::{CaseError, present};
use crate::queue::Queue;

/// The region that the client names.
pub(crate) const REGION: &str = "us-east-1";

/// The server and the names of a case.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    client: Client,
    endpoint: Arc<str>,
    /// Keeps the queues of this run apart from those of others on the same server.
    run: Arc<str>,
    queues: Arc<AtomicUsize>,
}

impl Context {
    /// Cases for the server at an endpoint such as `http://127.0.0.1:4566`.
    pub(crate) fn new(endpoint: &str) -> Context {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "conformance"))
            .endpoint_url(endpoint)
            // A retry would hide a failure.
            .retry_config(RetryConfig::disabled())
            .build();
        Context {
            client: Client::from_conf(config),
            endpoint: endpoint.into(),
            run: Alphanumeric.sample_string(&mut rand::rng(), 8).into(),
            queues: Arc::default(),
        }
    }

    /// The SDK's client for the server.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// A queue name that nobody has used yet, without a suffix.
    pub(crate) fn fresh_name(&self) -> String {
        let number = self.queues.fetch_add(1, Ordering::Relaxed);
        format!("conformance-{}-{number}", self.run)
    }

    /// A new standard queue.
    pub(crate) async fn standard(&self, attributes: Attributes<'_>) -> Result<Queue, CaseError> {
        self.create(self.fresh_name(), attributes).await
    }

    /// A new FIFO queue.
    pub(crate) async fn fifo(&self, attributes: Attributes<'_>) -> Result<Queue, CaseError> {
        let name = format!("{}.fifo", self.fresh_name());
        let attributes = [&[(QueueAttributeName::FifoQueue, "true")], attributes].concat();
        self.create(name, &attributes).await
    }

    /// A new queue with this name.
    pub(crate) async fn create(
        &self,
        name: String,
        attributes: Attributes<'_>,
    ) -> Result<Queue, CaseError> {
        let mut request = self.client.create_queue().queue_name(&name);
        for (attribute, value) in attributes {
            request = request.attributes(attribute.clone(), *value);
        }
        let url = present("QueueUrl", request.send().await?.queue_url)?;
        Ok(self.queue(name, &url))
    }

    /// The queue with this URL. A server may name itself by another address than it is reached at.
    pub(crate) fn queue(&self, name: String, url: &str) -> Queue {
        Queue::new(
            self.client.clone(),
            name,
            format!("{}{}", self.endpoint, path_of(url)),
        )
    }
}

/// Attributes to create a queue with.
pub(crate) type Attributes<'a> = &'a [(QueueAttributeName, &'a str)];

/// The part of a URL after its host.
pub(crate) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |start| &rest[start..])
}
