//! The queues on the embedded server.

use super::sqs::Sqs;
use aws_sdk_sqs::types::QueueAttributeName as Name;
use serde_json::json;
use sqs_server::{Bound, Monitor};
use std::collections::HashMap;
use thingrelay::aws::CallError;

pub(crate) const STAGING: &str = "staging.fifo";
/// The name of the queue for messages that failed too often.
pub(crate) const DEAD_LETTERS: &str = "dead-letter.fifo";
/// The name of the queue for messages that cannot be understood.
pub(crate) const QUARANTINE: &str = "quarantine";
/// The name of the queue for events in a run without targets.
pub(crate) const EVENTS: &str = "events.fifo";
/// The name of the queue for events that functions elsewhere have forwarded.
pub(crate) const FORWARDED: &str = "forwarded.fifo";

/// How often a message is received before it becomes a dead letter: the most that SQS allows, as in
/// template.yaml.
pub(crate) const MAX_RECEIVES: u32 = 1000;

/// The size limit of the queue of events, so that a long run does not grow. No other queue is
/// limited: its messages have not been forwarded yet.
const EVENTS_BOUND: Bound = Bound {
    messages: 100_000,
    bytes: 64 * 1024 * 1024,
};

/// A FIFO queue with dead letters, which feeds a function.
#[derive(Debug, Clone)]
pub(crate) struct FedQueue {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) arn: String,
    /// The URL of the queue of its dead letters.
    pub(crate) dead_letters: String,
}

/// The URLs of the queues.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    /// The staging queue.
    pub(crate) staging: String,
    pub(crate) staging_arn: String,
    /// The queue of dead letters.
    pub(crate) dead_letters: String,
    /// The quarantine.
    pub(crate) quarantine: String,
}

impl Queues {
    /// The names that no local target may have.
    pub(crate) const OWN: [&str; 4] = [STAGING, DEAD_LETTERS, QUARANTINE, FORWARDED];

    /// Creates the queues, or updates the existing ones.
    ///
    /// # Errors
    /// The server does not do so.
    pub(crate) async fn make(sqs: &Sqs, visibility_timeout: u32) -> Result<Queues, CallError> {
        let staging = FedQueue::make(sqs, STAGING, DEAD_LETTERS, visibility_timeout).await?;
        Ok(Queues {
            staging: staging.url,
            staging_arn: staging.arn,
            dead_letters: staging.dead_letters,
            quarantine: sqs.queue(QUARANTINE, HashMap::from([kept_long()])).await?,
        })
    }

    /// Creates the queue of a webhook and that of its dead letters, or updates the existing ones.
    ///
    /// # Errors
    /// The server does not do so.
    pub(crate) async fn make_webhook(
        sqs: &Sqs,
        target: &str,
        visibility_timeout: u32,
    ) -> Result<FedQueue, CallError> {
        let name = Queues::webhook(target);
        let dead_letters = format!("webhook-{target}-dead-letter.fifo");
        FedQueue::make(sqs, &name, &dead_letters, visibility_timeout).await
    }

    /// The name of a webhook's queue.
    pub(crate) fn webhook(target: &str) -> String {
        format!("webhook-{target}.fifo")
    }

    /// Creates the queue that stands in for a target's queue; the name decides whether it is FIFO.
    /// The messages need not be received: the queue keeps the latest. Returns its URL.
    ///
    /// # Errors
    /// The server does not do so.
    pub(crate) async fn make_local(
        sqs: &Sqs,
        monitor: &Monitor,
        name: &str,
    ) -> Result<String, CallError> {
        monitor.bound(name, EVENTS_BOUND);
        let attributes = if name.ends_with(".fifo") {
            high_throughput()
        } else {
            HashMap::new()
        };
        sqs.queue(name, attributes).await
    }

    /// Creates the queue of events. The events need not be received: the queue keeps the latest.
    /// Returns its URL.
    ///
    /// # Errors
    /// The server does not do so.
    pub(crate) async fn make_events(sqs: &Sqs, monitor: &Monitor) -> Result<String, CallError> {
        Queues::make_local(sqs, monitor, EVENTS).await
    }

    /// Creates the queue of events that functions elsewhere have forwarded. Returns its URL.
    ///
    /// # Errors
    /// The server does not do so.
    pub(crate) async fn make_forwarded(sqs: &Sqs) -> Result<String, CallError> {
        sqs.queue(FORWARDED, high_throughput()).await
    }
}

impl FedQueue {
    async fn make(
        sqs: &Sqs,
        name: &str,
        dead_letters: &str,
        visibility_timeout: u32,
    ) -> Result<FedQueue, CallError> {
        let dead_letters = sqs.queue(dead_letters, high_throughput()).await?;
        let redrive = json!({
            "deadLetterTargetArn": sqs.arn(&dead_letters).await?,
            "maxReceiveCount": MAX_RECEIVES,
        });
        let mut attributes = high_throughput();
        attributes.insert(Name::VisibilityTimeout, visibility_timeout.to_string());
        attributes.insert(Name::RedrivePolicy, redrive.to_string());
        let url = sqs.queue(name, attributes).await?;
        Ok(FedQueue {
            name: name.to_owned(),
            arn: sqs.arn(&url).await?,
            url,
            dead_letters,
        })
    }
}

/// The retention period of a queue: 14 days, the most that SQS allows, as in the template.
fn kept_long() -> (Name, String) {
    (Name::MessageRetentionPeriod, "1209600".to_owned())
}

/// The attributes of a FIFO queue whose groups do not share a throughput limit.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html>.
fn high_throughput() -> HashMap<Name, String> {
    HashMap::from([
        kept_long(),
        (Name::FifoQueue, "true".to_owned()),
        (Name::DeduplicationScope, "messageGroup".to_owned()),
        (Name::FifoThroughputLimit, "perMessageGroupId".to_owned()),
    ])
}
