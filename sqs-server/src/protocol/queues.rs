//! The actions on queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::http::Service;
use super::request::{Done, QueueRequest, in_range, queue_name};
use crate::fault::{Fault, FaultCode};
use crate::queue::Queue;
use crate::registry::Page;
use crate::registry::naming::is_queue_name;

/// The most names on a page of a list.
const MAXIMUM_PAGE: u32 = 1000;

/// The attributes that can be asked for and are not settings.
const COMPUTED_ATTRIBUTES: [&str; 7] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// The settings that can be asked for, whether the queue has them or not.
const SETTINGS: [&str; 15] = [
    "VisibilityTimeout",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateRequest {
    queue_name: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    // The model writes this one small, other than in TagQueue.
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
pub(crate) struct ListRequest {
    queue_url: Option<String>,
    queue_name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UrlRequest {
    queue_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct TagRequest {
    queue_url: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UntagRequest {
    queue_url: Option<String>,
    tag_keys: Option<Vec<String>>,
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Like `ListAnswer`, with the name that the model writes small here.
#[derive(Debug, Serialize)]
pub(crate) struct SourcesAnswer {
    #[serde(rename = "queueUrls")]
    queue_urls: Vec<String>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagsAnswer {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

/// `CreateQueue`.
pub(crate) async fn create(
    service: &Arc<Service>,
    request: CreateRequest,
) -> Result<UrlAnswer, Fault> {
    let name = request
        .queue_name
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Fault::missing("QueueName"))?;
    let attributes = request.attributes.unwrap_or_default();
    let tags = request.tags.unwrap_or_default();
    service
        .broker
        .change(|registry, now| registry.create(&name, &attributes, tags, now))
        .await??;
    Ok(UrlAnswer {
        queue_url: queue_url(service, &name),
    })
}

/// `DeleteQueue`.
pub(crate) async fn delete(service: &Arc<Service>, request: QueueRequest) -> Result<Done, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    service
        .broker
        .change(|registry, now| registry.delete_queue(name, now))
        .await??;
    Ok(Done {})
}

/// `GetQueueUrl`.
pub(crate) fn url(service: &Service, request: &UrlRequest) -> Result<UrlAnswer, Fault> {
    let name = request.queue_name.as_deref().unwrap_or_default();
    if name.is_empty() {
        return Err(Fault::missing("QueueName"));
    }
    let exists = service
        .broker
        .look(|registry| registry.peek(name).is_some());
    if !exists {
        return Err(Fault::no_such_queue());
    }
    Ok(UrlAnswer {
        queue_url: queue_url(service, name),
    })
}

/// `ListQueues`.
pub(crate) fn list(service: &Service, request: &ListRequest) -> Result<ListAnswer, Fault> {
    let (max, after) = paging(request)?;
    let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
    let page = service
        .broker
        .look(|registry| registry.list(prefix, after.as_deref(), max));
    let (queue_urls, next_token) = urls(service, &page, request.max_results);
    Ok(ListAnswer {
        queue_urls,
        next_token,
    })
}

/// `ListDeadLetterSourceQueues`.
pub(crate) fn dead_letter_sources(
    service: &Service,
    request: &ListRequest,
) -> Result<SourcesAnswer, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    let (max, after) = paging(request)?;
    let page = service
        .broker
        .look(|registry| registry.dead_letter_sources(name, after.as_deref(), max))?;
    let (queue_urls, next_token) = urls(service, &page, request.max_results);
    Ok(SourcesAnswer {
        queue_urls,
        next_token,
    })
}

/// `GetQueueAttributes`.
pub(crate) fn attributes(
    service: &Service,
    request: &AttributesRequest,
) -> Result<AttributesAnswer, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    let names = request.attribute_names.as_deref().unwrap_or_default();
    let mut attributes = service.broker.look_now(|registry, now| {
        let queue = registry.queue(name, now)?;
        Ok::<_, Fault>(all_attributes(queue))
    })?;
    for name in names {
        if !COMPUTED_ATTRIBUTES.contains(&name.as_str()) && !SETTINGS.contains(&name.as_str()) {
            return Err(Fault::new(
                FaultCode::InvalidAttributeName,
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
) -> Result<Done, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    let attributes = request
        .attributes
        .ok_or_else(|| Fault::missing("Attributes"))?;
    service
        .broker
        .change(|registry, now| registry.configure(name, &attributes, now))
        .await??;
    Ok(Done {})
}

/// `PurgeQueue`.
pub(crate) async fn purge(service: &Arc<Service>, request: QueueRequest) -> Result<Done, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    service
        .broker
        .change(|registry, now| registry.purge(name, now))
        .await??;
    Ok(Done {})
}

/// `TagQueue`.
pub(crate) async fn tag(service: &Arc<Service>, request: TagRequest) -> Result<Done, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    let tags = request.tags.ok_or_else(|| Fault::missing("Tags"))?;
    service
        .broker
        .change(|registry, now| registry.tag(name, tags, now))
        .await??;
    Ok(Done {})
}

/// `UntagQueue`.
pub(crate) async fn untag(service: &Arc<Service>, request: UntagRequest) -> Result<Done, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    let keys = request.tag_keys.ok_or_else(|| Fault::missing("TagKeys"))?;
    service
        .broker
        .change(|registry, now| registry.untag(name, &keys, now))
        .await??;
    Ok(Done {})
}

/// `ListQueueTags`.
pub(crate) fn tags(service: &Service, request: &QueueRequest) -> Result<TagsAnswer, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    let tags = service
        .broker
        .look(|registry| registry.peek(name).map(|queue| queue.record().tags.clone()))
        .ok_or_else(Fault::no_such_queue)?;
    Ok(TagsAnswer { tags })
}

/// `AddPermission` and `RemovePermission`: accepted, and without effect, since the server checks no
/// permission.
pub(crate) fn change_permission(service: &Service, request: &QueueRequest) -> Result<Done, Fault> {
    let name = queue_name(request.queue_url.as_deref())?;
    let exists = service
        .broker
        .look(|registry| registry.peek(name).is_some());
    if exists {
        Ok(Done {})
    } else {
        Err(Fault::no_such_queue())
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

fn queue_url(service: &Service, name: &str) -> String {
    let account = service
        .broker
        .look(|registry| registry.identity().account.clone());
    format!("{}/{account}/{name}", service.endpoint)
}

fn paging(request: &ListRequest) -> Result<(usize, Option<String>), Fault> {
    let max = in_range("MaxResults", request.max_results, 1..=MAXIMUM_PAGE)?;
    let max = usize::try_from(max.unwrap_or(MAXIMUM_PAGE)).unwrap_or(usize::MAX);
    let invalid = || Fault::invalid_parameter("Invalid or expired next token.");
    let after = match request.next_token.as_deref() {
        None | Some("") => None,
        Some(token) => {
            let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
            let name = String::from_utf8(bytes).map_err(|_| invalid())?;
            if !is_queue_name(&name) {
                return Err(invalid());
            }
            Some(name)
        }
    };
    Ok((max, after))
}

/// The page's URLs, and its token if pages were asked for by `MaxResults`.
/// (API reference, ListQueues: "NextToken is null if there are no additional results or if
/// MaxResults was not set".)
fn urls(service: &Service, page: &Page, max_results: Option<i64>) -> (Vec<String>, Option<String>) {
    let urls = page.names.iter().map(|name| queue_url(service, name));
    let token = page.next_after.as_ref().filter(|_| max_results.is_some());
    (
        urls.collect(),
        token.map(|name| URL_SAFE_NO_PAD.encode(name)),
    )
}
