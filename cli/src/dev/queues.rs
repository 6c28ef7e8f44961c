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
        let dead_letters = sqs.queue(DEAD_LETTERS, high_throughput()).await?;
        let redrive = json!({
            "deadLetterTargetArn": sqs.arn(&dead_letters).await?,
            "maxReceiveCount": MAX_RECEIVES,
        });
        let mut attributes = high_throughput();
        attributes.insert(Name::VisibilityTimeout, visibility_timeout.to_string());
        attributes.insert(Name::RedrivePolicy, redrive.to_string());
        let staging = sqs.queue(STAGING, attributes).await?;
        Ok(Queues {
            staging_arn: sqs.arn(&staging).await?,
            staging,
            dead_letters,
            quarantine: sqs.queue(QUARANTINE, HashMap::from([kept_long()])).await?,
        })
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
