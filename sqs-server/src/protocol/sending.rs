//! SendMessage and SendMessageBatch.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::batch::{BatchAnswer, check_ids};
use super::contents::{Checked, Constraints, MessageInput};
use super::digest;
use super::request::queue_name;
use super::service::Service;
use crate::error::{ErrorCode, SqsError};
use crate::queue::message::{AttributeData, AttributeValue, Message};
use crate::queue::settings::MAXIMUM_MESSAGE_SIZE;
use crate::queue::{Kind, Moment};
use crate::registry::Registry;

/// Sequence numbers have 20 digits. This is the first such number.
const FIRST_OF_20_DIGITS: u64 = 10_000_000_000_000_000_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendRequest {
    queue_url: Option<String>,
    #[serde(flatten)]
    input: MessageInput,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendBatchRequest {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<SendEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEntry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    input: MessageInput,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendAnswer {
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_message_body: String,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_message_attributes: Option<String>,
    #[serde(
        rename = "MD5OfMessageSystemAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_message_system_attributes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendEntryAnswer {
    id: String,
    #[serde(flatten)]
    answer: SendAnswer,
}

/// `SendMessage`.
pub(crate) async fn send(
    service: &Arc<Service>,
    request: SendRequest,
) -> Result<SendAnswer, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let checked = request.input.check(constraints(service, name)?)?;
    service
        .broker
        .change(|registry, now| send_checked(registry, name, checked, now))
        .await?
}

/// `SendMessageBatch`.
pub(crate) async fn send_batch(
    service: &Arc<Service>,
    request: SendBatchRequest,
) -> Result<BatchAnswer<SendEntryAnswer>, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let constraints = constraints(service, name)?;
    let entries = request.entries;
    check_ids(entries.iter().map(|entry| entry.id.as_str()))?;
    let size: usize = entries.iter().map(|entry| entry.input.size()).sum();
    if size > usize::try_from(MAXIMUM_MESSAGE_SIZE).unwrap_or(usize::MAX) {
        return Err(SqsError::new(
            ErrorCode::BatchRequestTooLong,
            format!(
                "Batch requests cannot be longer than {MAXIMUM_MESSAGE_SIZE} bytes. You have sent \
                 {size} bytes."
            ),
        ));
    }
    for entry in &entries {
        entry.input.check_ids(constraints)?;
    }
    let checked: Vec<(String, Result<Checked, SqsError>)> = entries
        .into_iter()
        .map(|entry| (entry.id, entry.input.check(constraints)))
        .collect();
    let results = service
        .broker
        .change(|registry, now| {
            let send = |(id, checked): (String, Result<Checked, SqsError>)| {
                let answer = checked.and_then(|checked| send_checked(registry, name, checked, now));
                let answer = answer.map(|answer| SendEntryAnswer {
                    id: id.clone(),
                    answer,
                });
                (id, answer)
            };
            checked.into_iter().map(send).collect::<Vec<_>>()
        })
        .await?;
    Ok(BatchAnswer::from_results(results))
}

/// A sequence number as the protocol writes it.
pub(crate) fn sequence_number(sequence: u64) -> String {
    FIRST_OF_20_DIGITS.saturating_add(sequence).to_string()
}

fn constraints(service: &Service, name: &str) -> Result<Constraints, SqsError> {
    service
        .broker
        .look(|registry| registry.peek(name).map(Constraints::of))
        .ok_or_else(SqsError::no_such_queue)
}

fn send_checked(
    registry: &mut Registry,
    name: &str,
    checked: Checked,
    now: Moment,
) -> Result<SendAnswer, SqsError> {
    let message = Message {
        sent: now.wall,
        ..checked.message
    };
    let md5_of_message_body = message.md5_of_body.clone();
    let md5_of_message_attributes = digest::of_attributes(&message.attributes);
    let md5_of_message_system_attributes = message.trace_header.as_ref().and_then(|text| {
        let value = AttributeValue {
            data_type: "String".to_owned(),
            data: AttributeData::Text(text.clone()),
        };
        digest::of_attributes([(&"AWSTraceHeader".to_owned(), &value)])
    });
    let sent = registry.send(name, message, checked.delay, now)?;
    Ok(SendAnswer {
        message_id: sent.message_id,
        md5_of_message_body,
        md5_of_message_attributes,
        md5_of_message_system_attributes,
        sequence_number: (Kind::of_name(name) == Kind::Fifo)
            .then(|| sequence_number(sent.sequence)),
    })
}
