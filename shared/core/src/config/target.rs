//! The settings of a target.

use super::{
    Problems, filter as filters,
    key::{Key, KeyGroup, Shape, words},
    problem::Problem,
    source::ReadSource,
    table::{Table, must_be},
    webhook::{self, WebhookTarget},
};
use crate::{
    arn::is_region,
    event_bus_name::{EventBusName, EventBusNameError},
    filter::Filter,
    queue_url::QueueUrl,
    topic_arn::TopicArn,
};
use std::fmt;

/// A destination of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub kind: TargetKind,
    /// Which events go there.
    pub filter: Filter,
}

/// The kinds of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// An SQS queue.
    Sqs(SqsTarget),
    /// An SNS topic.
    Sns(SnsTarget),
    /// An EventBridge event bus.
    EventBridge(EventBridgeTarget),
    /// A receiver of HTTP requests.
    Webhook(Box<WebhookTarget>),
}

/// An SQS queue, FIFO or standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqsTarget {
    /// The queue's URL. Its name tells whether the queue is FIFO.
    pub queue_url: QueueUrl,
}

/// An SNS topic, FIFO or standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnsTarget {
    /// The topic's ARN. Its name tells whether the topic is FIFO.
    pub topic_arn: TopicArn,
}

/// An EventBridge event bus with rules. It keeps no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBridgeTarget {
    /// The event bus's name or ARN.
    pub event_bus: EventBusName,
}

impl TargetKind {
    /// The noun for people: "queue".
    pub fn noun(&self) -> &'static str {
        match self {
            TargetKind::Sqs(_) => "queue",
            TargetKind::Sns(_) => "topic",
            TargetKind::EventBridge(_) => "event bus",
            TargetKind::Webhook(_) => "webhook",
        }
    }

    /// The URL, ARN or name, as the user gave it. Only the origin of a webhook's URL.
    pub fn address(&self) -> &str {
        match self {
            TargetKind::Sqs(target) => target.queue_url.as_str(),
            TargetKind::Sns(target) => target.topic_arn.as_str(),
            TargetKind::EventBridge(target) => target.event_bus.as_str(),
            TargetKind::Webhook(target) => target.url.origin(),
        }
    }

    /// The name of the queue, topic or event bus, or the host of the webhook.
    pub fn name(&self) -> &str {
        match self {
            TargetKind::Sqs(target) => target.queue_url.name(),
            TargetKind::Sns(target) => target.topic_arn.name(),
            TargetKind::EventBridge(target) => target.event_bus.name(),
            TargetKind::Webhook(target) => target.url.authority(),
        }
    }

    /// Whether the queue to which the consumer sends is on this machine's loopback interface.
    pub fn is_loopback(&self) -> bool {
        self.queue_url().is_some_and(QueueUrl::is_loopback)
    }

    /// The queue to which the consumer sends, if it is a queue and the settings name it.
    pub fn queue_url(&self) -> Option<&QueueUrl> {
        match self {
            TargetKind::Sqs(target) => Some(&target.queue_url),
            TargetKind::Webhook(target) => target.queue_url.as_ref(),
            TargetKind::Sns(_) | TargetKind::EventBridge(_) => None,
        }
    }
}

impl fmt::Display for TargetKind {
    /// "the queue https://…".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.noun(), self.address())
    }
}

/// A type of target, by its name in documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetType {
    /// An SQS queue.
    Sqs,
    /// An SNS topic.
    Sns,
    /// An EventBridge event bus.
    EventBridge,
    /// A receiver of HTTP requests.
    Webhook,
}

const TYPES: [(&str, TargetType); 4] = [
    ("sqs", TargetType::Sqs),
    ("sns", TargetType::Sns),
    ("eventbridge", TargetType::EventBridge),
    ("webhook", TargetType::Webhook),
];

/// The keys of every target.
const ALL: KeyGroup = KeyGroup {
    title: "A target: `[targets.NAME]`",
    keys: &[
        Key::new(
            "type",
            Shape::Word(|| words(&TYPES)),
            "required",
            "The kind of target.",
        ),
        Key::new(
            "filters",
            Shape::Filters,
            "none",
            "An event goes to the target if it passes every one of [these](targets.md#filters).",
        ),
    ],
};

const SQS: KeyGroup = KeyGroup {
    title: "An SQS queue: `type = \"sqs\"`",
    keys: &[Key::new(
        "queue_url",
        Shape::Text {
            pattern: "^https?://.+/.+",
            what: "the URL of an SQS queue",
        },
        "required",
        "The queue's URL. A FIFO queue keeps the order of each device; a standard queue keeps no order.",
    )],
};

const SNS: KeyGroup = KeyGroup {
    title: "An SNS topic: `type = \"sns\"`",
    keys: &[Key::new(
        "topic_arn",
        Shape::Text {
            pattern: "^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\\.fifo)?$",
            what: "the ARN of an SNS topic",
        },
        "required",
        "The topic's ARN. A FIFO topic keeps the order of each device; a standard topic keeps no order.",
    )],
};

const EVENTBRIDGE: KeyGroup = KeyGroup {
    title: "An EventBridge event bus: `type = \"eventbridge\"`",
    keys: &[
        Key::new(
            "event_bus",
            Shape::Text {
                pattern: "^(arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/)?[A-Za-z0-9._-]{1,256}$",
                what: "the name or ARN of an event bus",
            },
            "required",
            "An event bus keeps no order.",
        ),
        Key::new(
            "region",
            Shape::Text {
                pattern: "^[a-z0-9]+(-[a-z0-9]+)+$",
                what: "such as `\"eu-west-1\"`",
            },
            "that of the ARN, else that of the functions",
            "The region of a bus that is given by its name.",
        ),
    ],
};

/// The keys that a target of that type may have; those of all types if the type is not known.
pub fn keys(of: Option<TargetType>) -> &'static [KeyGroup] {
    match of {
        None => &[ALL, SQS, SNS, EVENTBRIDGE, webhook::KEYS],
        Some(TargetType::Sqs) => &[ALL, SQS],
        Some(TargetType::Sns) => &[ALL, SNS],
        Some(TargetType::EventBridge) => &[ALL, EVENTBRIDGE],
        Some(TargetType::Webhook) => &[ALL, webhook::KEYS],
    }
}

/// Reads a target's table, and the secrets of a webhook if `S` has a use for them.
pub(super) fn read<S: ReadSource>(
    name: &str,
    mut table: Table,
) -> Result<(Target, Option<S::Signing>), Problems> {
    let problems = &mut Problems::default();
    table.require(
        "type",
        &must_be(TYPES.iter().map(|(word, _)| *word)),
        problems,
    );
    let of = table.choice("type", &TYPES, problems);
    let mut signing = None;
    let kind = match of {
        None => None,
        Some(TargetType::Sqs) => read_queue(&mut table, problems),
        Some(TargetType::Sns) => read_topic(&mut table, problems),
        Some(TargetType::EventBridge) => read_event_bus(&mut table, problems),
        Some(TargetType::Webhook) => {
            if S::SENDS {
                table.require(
                    "queue_url",
                    "the URL of the queue in the webhook's stack",
                    problems,
                );
            }
            signing = S::read_signing(&mut table, problems);
            let webhook = webhook::read(&mut table, problems);
            webhook.map(|webhook| TargetKind::Webhook(Box::new(webhook)))
        }
    };
    let filter = filters::take(&mut table, problems);
    table.finish(keys(of), problems);
    match (kind, filter) {
        (Some(kind), Some(filter)) if problems.is_empty() => {
            let name = name.to_owned();
            Ok((Target { name, kind, filter }, signing))
        }
        _ => Err(std::mem::take(problems)),
    }
}

fn read_queue(table: &mut Table, problems: &mut Problems) -> Option<TargetKind> {
    table.require("queue_url", "the URL of an SQS queue", problems);
    let queue_url = table.take("queue_url", problems, |value| {
        value.as_str().and_then(QueueUrl::parse).ok_or_else(|| {
            "must be the URL of an SQS queue, such as \"https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo\"".to_owned()
        })
    })?;
    Some(TargetKind::Sqs(SqsTarget { queue_url }))
}

fn read_topic(table: &mut Table, problems: &mut Problems) -> Option<TargetKind> {
    table.require("topic_arn", "the ARN of an SNS topic", problems);
    let topic_arn = table.take("topic_arn", problems, |value| {
        value.as_str().and_then(TopicArn::parse).ok_or_else(|| {
            "must be the ARN of an SNS topic, such as \"arn:aws:sns:eu-west-1:123456789012:events.fifo\"".to_owned()
        })
    })?;
    Some(TargetKind::Sns(SnsTarget { topic_arn }))
}

fn read_event_bus(table: &mut Table, problems: &mut Problems) -> Option<TargetKind> {
    table.require("event_bus", "the name or ARN of an event bus", problems);
    let event_bus = table.take("event_bus", problems, |value| {
        let text = value.as_str().unwrap_or_default();
        EventBusName::parse(text).map_err(|error| match error {
            EventBusNameError::NotABus => "must be the name of an event bus, or its ARN, such as \"arn:aws:events:eu-west-1:123456789012:event-bus/meters\"".to_owned(),
            EventBusNameError::WithSubscribers => "must be an event bus with rules (event-bus/…): one with subscribers (event-busv2/…) is not supported".to_owned(),
        })
    });
    let place = table.place("region");
    let region = table.take("region", problems, |value| {
        let text = value.as_str().filter(|text| is_region(text));
        let text = text.ok_or_else(|| "must be a region such as \"eu-west-1\"".to_owned())?;
        Ok(text.to_owned())
    });
    let event_bus = match (event_bus?, region) {
        (event_bus, None) => event_bus,
        (event_bus, Some(region)) => {
            let placed = event_bus.in_region(&region);
            if placed.is_none() {
                problems.push(Problem::new(
                    place,
                    "is not the region of the event bus's ARN: remove it",
                ));
            }
            placed?
        }
    };
    Some(TargetKind::EventBridge(EventBridgeTarget { event_bus }))
}
