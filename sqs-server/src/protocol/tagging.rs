//! TagQueue, UntagQueue and ListQueueTags.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::request::{Done, QueueRequest, queue_name};
use super::service::Service;
use crate::error::SqsError;

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
pub(crate) struct TagsAnswer {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

/// `TagQueue`.
pub(crate) async fn tag(service: &Arc<Service>, request: TagRequest) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let tags = request.tags.ok_or_else(|| SqsError::missing("Tags"))?;
    service
        .broker
        .change(|registry, now| registry.tag(name, tags, now))
        .await??;
    Ok(Done {})
}

/// `UntagQueue`.
pub(crate) async fn untag(service: &Arc<Service>, request: UntagRequest) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let keys = request
        .tag_keys
        .ok_or_else(|| SqsError::missing("TagKeys"))?;
    service
        .broker
        .change(|registry, now| registry.untag(name, &keys, now))
        .await??;
    Ok(Done {})
}

/// `ListQueueTags`.
pub(crate) fn tags(service: &Service, request: &QueueRequest) -> Result<TagsAnswer, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let tags = service
        .broker
        .look(|registry| registry.peek(name).map(|queue| queue.record().tags.clone()))
        .ok_or_else(SqsError::no_such_queue)?;
    Ok(TagsAnswer { tags })
}
