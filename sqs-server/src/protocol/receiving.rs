//! ReceiveMessage.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attributes::WireAttribute;
use super::contents::check_attempt_id;
use super::request::{in_range, queue_name};
use super::sending::sequence_number;
use super::service::Service;
use super::{digest, receipt};
use crate::error::{ErrorCode, SqsError};
use crate::queue::Kind;
use crate::queue::attempts::Receipt;
use crate::queue::message::{AttributeValue, Delivery};
use crate::queue::settings::{MAXIMUM_VISIBILITY_TIMEOUT, MAXIMUM_WAIT};
use crate::registry::ReceiveRequest;

/// The system attributes that a request can ask for.
const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ReceiveMessageRequest {
    queue_url: Option<String>,
    attribute_names: Option<Vec<String>>,
    message_system_attribute_names: Option<Vec<String>>,
    message_attribute_names: Option<Vec<String>>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveAnswer<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<ReceivedMessage<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReceivedMessage<'a> {
    message_id: &'a str,
    receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: &'a str,
    body: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_message_attributes: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<&'a str, WireAttribute>,
}

/// `ReceiveMessage`. Returns the JSON. It waits only until the client has `gone`.
pub(crate) async fn receive(
    service: &Arc<Service>,
    gone: impl Future<Output = ()>,
    request: ReceiveMessageRequest,
) -> Result<Vec<u8>, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let system_names: BTreeSet<&str> = request
        .attribute_names
        .iter()
        .chain(&request.message_system_attribute_names)
        .flatten()
        .map(String::as_str)
        .collect();
    if let Some(unknown) = system_names
        .iter()
        .find(|name| !SYSTEM_ATTRIBUTES.contains(*name) && **name != "SqsManagedSseEnabled")
    {
        return Err(SqsError::new(
            ErrorCode::InvalidAttributeName,
            format!("Unknown Attribute {unknown}."),
        ));
    }
    let max = in_range(
        "MaxNumberOfMessages",
        request.max_number_of_messages,
        1..=10,
    )?;
    let visibility_timeout = in_range(
        "VisibilityTimeout",
        request.visibility_timeout,
        0..=MAXIMUM_VISIBILITY_TIMEOUT,
    )?;
    let wait = in_range(
        "WaitTimeSeconds",
        request.wait_time_seconds,
        0..=MAXIMUM_WAIT,
    )?;
    check_attempt_id(request.receive_request_attempt_id.as_deref())?;
    let (queue_id, kind, queue_wait) = service
        .broker
        .look(|registry| {
            let queue = registry.peek(name)?;
            Some((queue.record().id, queue.kind(), queue.settings().wait))
        })
        .ok_or_else(SqsError::no_such_queue)?;
    let attempt = match kind {
        Kind::Fifo => request.receive_request_attempt_id,
        Kind::Standard => None,
    };
    let wanted = ReceiveRequest {
        max: max.and_then(|max| usize::try_from(max).ok()).unwrap_or(1),
        visibility_timeout,
        attempt,
    };
    let deliveries = service
        .broker
        .receive(name, &wanted, wait.unwrap_or(queue_wait), gone)
        .await?;
    let account = service
        .broker
        .look(|registry| registry.identity().account.clone());
    let attribute_names = request.message_attribute_names.unwrap_or_default();
    let messages = deliveries
        .iter()
        .map(|delivery| {
            let mut attributes = system_attributes(delivery, kind, &account);
            if !system_names.contains("All") {
                attributes.retain(|name, _| system_names.contains(name));
            }
            let chosen = chosen(delivery, &attribute_names);
            ReceivedMessage {
                message_id: &delivery.message.id,
                receipt_handle: receipt::handle(
                    queue_id,
                    Receipt {
                        sequence: delivery.sequence,
                        receipt: delivery.receives.receipt,
                    },
                ),
                md5_of_body: &delivery.message.md5_of_body,
                body: &delivery.message.body,
                attributes,
                md5_of_message_attributes: digest::of_attributes(chosen.iter().copied()),
                message_attributes: chosen
                    .into_iter()
                    .map(|(name, value)| (name.as_str(), WireAttribute::of(value)))
                    .collect(),
            }
        })
        .collect();
    serde_json::to_vec(&ReceiveAnswer { messages })
        .map_err(|error| SqsError::new(ErrorCode::InternalFailure, error.to_string()))
}

fn system_attributes(
    delivery: &Delivery,
    kind: Kind,
    account: &str,
) -> BTreeMap<&'static str, String> {
    let message = &delivery.message;
    let receives = delivery.receives;
    let mut attributes = BTreeMap::from([
        ("SenderId", account.to_owned()),
        ("SentTimestamp", message.sent.to_string()),
        ("ApproximateReceiveCount", receives.total.to_string()),
    ]);
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value {
            attributes.insert(name, value);
        }
    };
    add(
        "ApproximateFirstReceiveTimestamp",
        receives.first.map(|first| first.to_string()),
    );
    add(
        "MessageGroupId",
        message
            .group
            .as_ref()
            .map(|group| group.as_str().to_owned()),
    );
    add("MessageDeduplicationId", message.deduplication_id.clone());
    add("AWSTraceHeader", message.trace_header.clone());
    add(
        "DeadLetterQueueSourceArn",
        message.dead_letter_source.clone(),
    );
    if kind == Kind::Fifo {
        add("SequenceNumber", Some(sequence_number(delivery.sequence)));
    }
    attributes
}

/// The message attributes whose names the request has: `All` or `.*`, a name, or `prefix.*`.
fn chosen<'a>(delivery: &'a Delivery, names: &[String]) -> Vec<(&'a String, &'a AttributeValue)> {
    let wanted = |name: &str| {
        names
            .iter()
            .any(|pattern| match pattern.strip_suffix(".*") {
                Some(prefix) => name.starts_with(prefix),
                None => pattern == "All" || pattern == name,
            })
    };
    let attributes = delivery.message.attributes.iter();
    attributes.filter(|(name, _)| wanted(name)).collect()
}
