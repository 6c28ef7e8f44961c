//! Creating, deleting, finding, configuring and purging queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::request::{Done, QueueRequest, queue_name};
use super::service::Service;
use crate::error::{ErrorCode, SqsError};
use crate::queue::{Kind, Queue};

/// The attributes that a request can ask for and that are not settings.
const COMPUTED_ATTRIBUTES: [&str; 7] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// The settings that a request can ask for of every queue, whether the queue has them or not.
const SETTINGS: [&str; 11] = [
    "VisibilityTimeout",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
];

/// The settings that a request can ask for only of a FIFO queue.
const FIFO_SETTINGS: [&str; 4] = [
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateRequest {
    queue_name: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    // The model spells this member in lower case, except in TagQueue.
    #[serde(rename = "tags", alias = "Tags")]
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AttributesRequest {
    queue_url: Option<String>,
    attribute_names: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SetAttributesRequest {
    queue_url: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UrlRequest {
    queue_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UrlAnswer {
    queue_url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttributesAnswer {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

/// `CreateQueue`.
pub(crate) async fn create(
    service: &Arc<Service>,
    request: CreateRequest,
) -> Result<UrlAnswer, SqsError> {
    let name = request
        .queue_name
        .filter(|name| !name.is_empty())
        .ok_or_else(|| SqsError::missing("QueueName"))?;
    let attributes = request.attributes.unwrap_or_default();
    let tags = request.tags.unwrap_or_default();
    service
        .broker
        .change(|registry, now| registry.create(&name, &attributes, tags, now))
        .await??;
    Ok(UrlAnswer {
        queue_url: service.queue_url(&name),
    })
}

/// `DeleteQueue`.
pub(crate) async fn delete(
    service: &Arc<Service>,
    request: QueueRequest,
) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    service
        .broker
        .change(|registry, now| registry.delete_queue(name, now))
        .await??;
    Ok(Done {})
}

/// `GetQueueUrl`.
pub(crate) fn url(service: &Service, request: &UrlRequest) -> Result<UrlAnswer, SqsError> {
    let name = request.queue_name.as_deref().unwrap_or_default();
    if name.is_empty() {
        return Err(SqsError::missing("QueueName"));
    }
    let exists = service
        .broker
        .look(|registry| registry.peek(name).is_some());
    if !exists {
        return Err(SqsError::no_such_queue());
    }
    Ok(UrlAnswer {
        queue_url: service.queue_url(name),
    })
}

/// `GetQueueAttributes`.
pub(crate) fn attributes(
    service: &Service,
    request: &AttributesRequest,
) -> Result<AttributesAnswer, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let names = request.attribute_names.as_deref().unwrap_or_default();
    let (kind, mut attributes) = service
        .broker
        .ask(name, |queue| (queue.kind(), all_attributes(queue)))
        .ok_or_else(SqsError::no_such_queue)?;
    for name in names {
        let known = COMPUTED_ATTRIBUTES.contains(&name.as_str())
            || SETTINGS.contains(&name.as_str())
            || (kind == Kind::Fifo && FIFO_SETTINGS.contains(&name.as_str()));
        if !known {
            return Err(SqsError::new(
                ErrorCode::InvalidAttributeName,
                format!("Unknown Attribute {name}."),
            ));
        }
    }
    if !names.iter().any(|name| name == "All") {
        attributes.retain(|name, _| names.contains(name));
    }
    Ok(AttributesAnswer { attributes })
}

/// `SetQueueAttributes`.
pub(crate) async fn set_attributes(
    service: &Arc<Service>,
    request: SetAttributesRequest,
) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let attributes = request
        .attributes
        .ok_or_else(|| SqsError::missing("Attributes"))?;
    service
        .broker
        .change(|registry, now| registry.configure(name, &attributes, now))
        .await??;
    Ok(Done {})
}

/// `PurgeQueue`.
pub(crate) async fn purge(service: &Arc<Service>, request: QueueRequest) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    service
        .broker
        .change(|registry, now| registry.purge(name, now))
        .await??;
    Ok(Done {})
}

/// `AddPermission` and `RemovePermission` are accepted without effect, since the server checks no
/// permissions.
pub(crate) fn change_permission(
    service: &Service,
    request: &QueueRequest,
) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let exists = service
        .broker
        .look(|registry| registry.peek(name).is_some());
    if exists {
        Ok(Done {})
    } else {
        Err(SqsError::no_such_queue())
    }
}

fn all_attributes(queue: &Queue) -> BTreeMap<String, String> {
    let record = queue.record();
    let depth = queue.depth();
    let mut attributes = queue.settings().shown(queue.kind());
    attributes.extend(
        [
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            (
                "ApproximateNumberOfMessagesNotVisible",
                depth.in_flight.to_string(),
            ),
            (
                "ApproximateNumberOfMessagesDelayed",
                depth.delayed.to_string(),
            ),
            ("CreatedTimestamp", (record.created / 1000).to_string()),
            (
                "LastModifiedTimestamp",
                (record.modified / 1000).to_string(),
            ),
            ("QueueArn", record.arn.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    attributes
}
