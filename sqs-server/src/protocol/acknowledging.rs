//! DeleteMessage, ChangeMessageVisibility and their batches.

use std::sync::Arc;

use serde::Deserialize;

use super::batch::{BatchAnswer, DoneEntry, check_ids};
use super::receipt;
use super::request::{Done, in_range, queue_name};
use super::service::Service;
use crate::error::SqsError;
use crate::queue::Moment;
use crate::queue::settings::MAXIMUM_VISIBILITY_TIMEOUT;
use crate::registry::Registry;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReceiptRequest {
    queue_url: Option<String>,
    #[serde(flatten)]
    received: ReceivedEntry,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReceiptBatchRequest {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<ReceivedEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReceivedEntry {
    id: String,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

/// `DeleteMessage`.
pub(crate) async fn delete(
    service: &Arc<Service>,
    request: ReceiptRequest,
) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    service
        .broker
        .change(|registry, now| delete_one(registry, name, &request.received, now))
        .await??;
    Ok(Done {})
}

/// `DeleteMessageBatch`.
pub(crate) async fn delete_batch(
    service: &Arc<Service>,
    request: ReceiptBatchRequest,
) -> Result<BatchAnswer<DoneEntry>, SqsError> {
    each(service, request, delete_one).await
}

/// `ChangeMessageVisibility`.
pub(crate) async fn change_visibility(
    service: &Arc<Service>,
    request: ReceiptRequest,
) -> Result<Done, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    service
        .broker
        .look_now(|registry, now| change_one(registry, name, &request.received, now))??;
    Ok(Done {})
}

/// `ChangeMessageVisibilityBatch`.
pub(crate) async fn change_visibility_batch(
    service: &Arc<Service>,
    request: ReceiptBatchRequest,
) -> Result<BatchAnswer<DoneEntry>, SqsError> {
    each(service, request, change_one).await
}

type Operation = fn(&mut Registry, &str, &ReceivedEntry, Moment) -> Result<(), SqsError>;

async fn each(
    service: &Arc<Service>,
    request: ReceiptBatchRequest,
    operation: Operation,
) -> Result<BatchAnswer<DoneEntry>, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
    let results = service
        .broker
        .change(|registry, now| {
            registry.queue(name, now)?;
            let operate = |entry: ReceivedEntry| {
                let result = operation(registry, name, &entry, now);
                let id = entry.id.clone();
                (entry.id, result.map(|()| DoneEntry { id }))
            };
            Ok::<_, SqsError>(request.entries.into_iter().map(operate).collect::<Vec<_>>())
        })
        .await??;
    Ok(BatchAnswer::from_results(results))
}

fn delete_one(
    registry: &mut Registry,
    name: &str,
    entry: &ReceivedEntry,
    now: Moment,
) -> Result<(), SqsError> {
    let queue_id = registry.queue(name, now)?.record().id;
    let handed = receipt::read(entry.handle()?, queue_id)?;
    registry.delete(name, handed, now)
}

fn change_one(
    registry: &mut Registry,
    name: &str,
    entry: &ReceivedEntry,
    now: Moment,
) -> Result<(), SqsError> {
    let queue_id = registry.queue(name, now)?.record().id;
    let handle = entry.handle()?;
    let timeout = in_range(
        "VisibilityTimeout",
        entry.visibility_timeout,
        0..=MAXIMUM_VISIBILITY_TIMEOUT,
    )?
    .ok_or_else(|| SqsError::missing("VisibilityTimeout"))?;
    registry.change_visibility(name, receipt::read(handle, queue_id)?, timeout, now)
}

impl ReceivedEntry {
    fn handle(&self) -> Result<&str, SqsError> {
        self.receipt_handle
            .as_deref()
            .filter(|handle| !handle.is_empty())
            .ok_or_else(|| SqsError::missing("ReceiptHandle"))
    }
}
