//! The queues of a stack, and how many messages they hold.

use super::{clients::Clients, error::StackError};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde::Serialize;
use thingrelay::aws::CallError;

/// The queues of the templates, in the order of a message's way: the id in the template, the name for
/// people, and whether each message in it is a failure.
const KNOWN: [(&str, &str, bool); 6] = [
    ("StagingQueue", "staging", false),
    ("EventsQueue", "events", false),
    ("QuarantineQueue", "quarantine", true),
    ("DeadLetterQueue", "dead letters", true),
    ("WebhookQueue", "webhook", false),
    ("WebhookDeadLetterQueue", "dead letters", true),
];

/// A queue of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StackQueue {
    /// The id in the template.
    pub(crate) id: String,
    pub(crate) url: String,
}

/// How many messages a queue holds. SQS counts approximately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Depth {
    /// Messages that can be received.
    pub(crate) waiting: u64,
    /// Messages that a receiver has, or that rest after a failure.
    pub(crate) in_flight: u64,
    /// Messages that cannot be received yet.
    pub(crate) delayed: u64,
}

impl Depth {
    /// All messages that the queue holds.
    pub(crate) fn total(self) -> u64 {
        self.waiting + self.in_flight + self.delayed
    }
}

impl StackQueue {
    pub(super) fn new(id: &str, url: &str) -> StackQueue {
        StackQueue {
            id: id.to_owned(),
            url: url.to_owned(),
        }
    }

    /// Its place in the order of a message's way.
    pub(super) fn rank(&self) -> usize {
        let rank = KNOWN.iter().position(|(id, ..)| *id == self.id);
        rank.unwrap_or(KNOWN.len())
    }

    /// Its name for people.
    pub(crate) fn label(&self) -> &str {
        self.known().map_or(&self.id, |(_, label, _)| label)
    }

    /// Whether each message in it is a failure: dead letters and quarantine.
    pub(crate) fn holds_failures(&self) -> bool {
        self.known().is_some_and(|(.., holds)| *holds)
    }

    /// The name, which metrics have.
    pub(crate) fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    fn known(&self) -> Option<&'static (&'static str, &'static str, bool)> {
        KNOWN.iter().find(|(id, ..)| *id == self.id)
    }

    /// How many messages it holds, or nothing if there is no such queue. Takes no message.
    ///
    /// # Errors
    /// SQS does not say.
    pub(crate) async fn depth(&self, clients: &Clients) -> Result<Option<Depth>, StackError> {
        let asked = clients
            .sqs
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(Attribute::ApproximateNumberOfMessages)
            .attribute_names(Attribute::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(Attribute::ApproximateNumberOfMessagesDelayed);
        let attributes = match asked.send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => {
                let is_gone = error
                    .as_service_error()
                    .is_some_and(|error| error.is_queue_does_not_exist());
                return match is_gone {
                    true => Ok(None),
                    false => Err(StackError::of(
                        "sqs:GetQueueAttributes",
                        CallError::from(error),
                    )),
                };
            }
        };
        let count = |name| {
            let text = attributes.get(&name);
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Ok(Some(Depth {
            waiting: count(Attribute::ApproximateNumberOfMessages),
            in_flight: count(Attribute::ApproximateNumberOfMessagesNotVisible),
            delayed: count(Attribute::ApproximateNumberOfMessagesDelayed),
        }))
    }
}
