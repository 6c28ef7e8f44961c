//! What a target's table may say.

use super::{
    Problems,
    key::{Key, KeyGroup, Shape, words},
    table::Table,
};
use crate::queue_url::QueueUrl;

/// A place to which events are forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The name that the user gave it.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
}

/// The kinds of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// An SQS queue.
    Sqs(SqsTarget),
}

/// An SQS queue, FIFO or standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqsTarget {
    /// Where it is; the name tells whether it is FIFO.
    pub queue_url: QueueUrl,
}

const TYPES: [(&str, ()); 1] = [("sqs", ())];

/// What a target has.
pub(super) const KEYS: KeyGroup = KeyGroup {
    title: "A target: `[targets.NAME]`",
    keys: &[
        Key::new(
            "type",
            Shape::Word(|| words(&TYPES)),
            "required",
            "The kind of target.",
        ),
        Key::new(
            "queue_url",
            Shape::Text {
                pattern: "^https?://.+/.+",
                what: "the URL of an SQS queue",
            },
            "required",
            "A FIFO queue keeps the order of each device; a standard queue keeps none.",
        ),
    ],
};

pub(super) fn read(name: &str, mut table: Table) -> Result<Target, Problems> {
    let problems = &mut Problems::default();
    table.require("type", "must be \"sqs\"", problems);
    table.choice("type", &TYPES, problems);
    table.require("queue_url", "the URL of an SQS queue", problems);
    let queue_url = table.take("queue_url", problems, |value| {
        value.as_str().and_then(QueueUrl::parse).ok_or_else(|| {
            "must be the URL of an SQS queue, such as \"https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo\"".to_owned()
        })
    });
    table.finish(&[KEYS], problems);
    match queue_url {
        Some(queue_url) if problems.is_empty() => Ok(Target {
            name: name.to_owned(),
            kind: TargetKind::Sqs(SqsTarget { queue_url }),
        }),
        _ => Err(std::mem::take(problems)),
    }
}
