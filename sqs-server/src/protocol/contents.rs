//! The contents of a message to send: characters, sizes and ids.
//! (SQS Developer Guide, "Amazon SQS message quotas" and "message metadata"; API reference,
//! SendMessage.)

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::attributes::{WireAttribute, check_attributes, check_system_attributes};
use super::characters::check_characters;
use super::request::in_range;
use super::{digest, id};
use crate::error::SqsError;
use crate::queue::group::GroupId;
use crate::queue::message::Message;
use crate::queue::settings::MAXIMUM_DELAY;
use crate::queue::{Kind, Queue};

/// The longest group or deduplication id, in characters.
const MAXIMUM_ID: usize = 128;

/// The parameters of one message to send.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct MessageInput {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    message_attributes: Option<BTreeMap<String, WireAttribute>>,
    message_system_attributes: Option<BTreeMap<String, WireAttribute>>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

/// The limits of a queue for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Constraints {
    kind: Kind,
    content_based_deduplication: bool,
    maximum_size: usize,
}

/// A message that may be sent.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) message: Message,
    /// The message's own delay in seconds.
    pub(crate) delay: Option<u32>,
}

impl Constraints {
    /// The present limits of the queue.
    pub(crate) fn of(queue: &Queue) -> Constraints {
        let settings = queue.settings();
        Constraints {
            kind: queue.kind(),
            content_based_deduplication: settings.content_based_deduplication,
            maximum_size: usize::try_from(settings.maximum_message_size).unwrap_or(usize::MAX),
        }
    }
}

impl MessageInput {
    /// The size that counts towards the limit of a batch, in bytes.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.message_attributes.iter().flatten();
        self.message_body.as_ref().map_or(0, String::len)
            + attributes
                .map(|(name, value)| name.len() + value.size())
                .sum::<usize>()
    }

    /// Checks the ids, which a FIFO queue requires. In a batch, a wrong id fails the whole batch.
    pub(crate) fn check_ids(&self, constraints: Constraints) -> Result<(), SqsError> {
        check_id("MessageGroupId", self.message_group_id.as_deref())?;
        check_id(
            "MessageDeduplicationId",
            self.message_deduplication_id.as_deref(),
        )?;
        match constraints.kind {
            Kind::Standard if self.message_deduplication_id.is_some() => {
                Err(SqsError::invalid_parameter(
                    "Value for parameter MessageDeduplicationId is invalid. Reason: The request \
                     includes a parameter that is not valid for this queue type.",
                ))
            }
            Kind::Standard => Ok(()),
            Kind::Fifo if self.message_group_id.is_none() => {
                Err(SqsError::missing("MessageGroupId"))
            }
            Kind::Fifo
                if self.message_deduplication_id.is_none()
                    && !constraints.content_based_deduplication =>
            {
                Err(SqsError::invalid_parameter(
                    "The queue should either have ContentBasedDeduplication enabled or \
                     MessageDeduplicationId provided explicitly",
                ))
            }
            Kind::Fifo => Ok(()),
        }
    }

    /// Checks everything and makes the message, except for the time at which it is sent.
    pub(crate) fn check(self, constraints: Constraints) -> Result<Checked, SqsError> {
        self.check_ids(constraints)?;
        let size = self.size();
        let delay = in_range("DelaySeconds", self.delay_seconds, 0..=MAXIMUM_DELAY)?;
        let delay = match (constraints.kind, delay) {
            (Kind::Fifo, Some(0)) => None,
            (Kind::Fifo, Some(delay)) => {
                return Err(SqsError::invalid_parameter(format!(
                    "Value {delay} for parameter DelaySeconds is invalid. Reason: The request \
                     include parameter that is not valid for this queue type."
                )));
            }
            (_, delay) => delay,
        };
        let body = self
            .message_body
            .filter(|body| !body.is_empty())
            .ok_or_else(|| SqsError::missing("MessageBody"))?;
        check_characters(&body)?;
        let attributes = check_attributes(self.message_attributes.unwrap_or_default())?;
        let trace_header =
            check_system_attributes(self.message_system_attributes.unwrap_or_default())?;
        if size > constraints.maximum_size {
            return Err(SqsError::invalid_parameter(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                constraints.maximum_size
            )));
        }
        let deduplication_id = match constraints.kind {
            Kind::Standard => None,
            Kind::Fifo => self
                .message_deduplication_id
                .or_else(|| Some(hex::encode(Sha256::digest(body.as_bytes())))),
        };
        let message = Message {
            id: id::fresh(),
            md5_of_body: digest::of_body(&body),
            body,
            attributes,
            trace_header,
            group: self.message_group_id.map(GroupId::from),
            deduplication_id,
            sent: 0,
            dead_letter_source: None,
        };
        Ok(Checked { message, delay })
    }
}

/// An id is 1 to 128 ASCII letters, digits and punctuation characters.
fn check_id(name: &str, id: Option<&str>) -> Result<(), SqsError> {
    match id {
        Some(id)
            if !(1..=MAXIMUM_ID).contains(&id.len())
                || !id.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Err(SqsError::invalid_parameter(format!(
                "Value for parameter {name} is invalid. Reason: {name} can only include \
                 alphanumeric and punctuation characters. 1 to 128 in length."
            )))
        }
        _ => Ok(()),
    }
}

/// Checks the id of a receive's attempt, which has the grammar of the other ids.
pub(crate) fn check_attempt_id(id: Option<&str>) -> Result<(), SqsError> {
    check_id("ReceiveRequestAttemptId", id)
}

#[cfg(test)]
mod tests;
