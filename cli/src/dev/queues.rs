//! The queues on the embedded server.

use super::{
    lambda::forwarded,
    sqs::{CallError, Sqs},
};
use aws_sdk_sqs::types::QueueAttributeName as Name;
use serde_json::json;
use sqs_server::{Bound, Monitor};
use std::collections::HashMap;

/// The name of the staging queue.
pub(crate) const STAGING: &str = "staging.fifo";
/// The name of the queue of what failed too often.
pub(crate) const DEAD_LETTERS: &str = "dead-letter.fifo";
/// The name of the queue of what cannot be understood.
pub(crate) const QUARANTINE: &str = "quarantine";
/// The name of the queue of events, of a run without targets.
pub(crate) const EVENTS: &str = "events.fifo";

/// How often a message is received before it goes to the dead letters: the most that SQS takes, as
/// in template.yaml.
pub(crate) const MAX_RECEIVES: u32 = 1000;

/// How much the queue of events holds, so that a long run does not grow. No other queue is bounded:
/// what waits there has not been forwarded.
const EVENTS_BOUND: Bound = Bound {
    messages: 100_000,
    bytes: 64 * 1024 * 1024,
};

/// The URLs of the queues.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    /// Of the staging queue.
    pub(crate) staging: String,
    /// The staging queue's ARN.
    pub(crate) staging_arn: String,
    /// Of the dead letters.
    pub(crate) dead_letters: String,
    /// Of the quarantine.
    pub(crate) quarantine: String,
}

impl Queues {
    /// The names that no target may have here.
    pub(crate) const OWN: [&str; 4] = [STAGING, DEAD_LETTERS, QUARANTINE, forwarded::QUEUE];

    /// Makes the queues, or brings those that are there up to date.
    ///
    /// # Errors
    /// The server does not do it.
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

    /// Makes the queue that stands for a target's, FIFO by its name. Nobody need receive anything of
    /// it: it keeps the latest. Its URL.
    ///
    /// # Errors
    /// The server does not do it.
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

    /// Makes the queue of events, of which nobody need receive anything: it keeps the latest. Its URL.
    ///
    /// # Errors
    /// The server does not do it.
    pub(crate) async fn make_events(sqs: &Sqs, monitor: &Monitor) -> Result<String, CallError> {
        Queues::make_local(sqs, monitor, EVENTS).await
    }

    /// Makes the queue of what functions elsewhere have forwarded. Its URL.
    ///
    /// # Errors
    /// The server does not do it.
    pub(crate) async fn make_forwarded(sqs: &Sqs) -> Result<String, CallError> {
        sqs.queue(forwarded::QUEUE, high_throughput()).await
    }
}

/// How long a queue keeps a message: 14 days, the longest that SQS keeps one, as in the template.
fn kept_long() -> (Name, String) {
    (Name::MessageRetentionPeriod, "1209600".to_owned())
}

/// A FIFO queue whose groups do not share a limit.
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
