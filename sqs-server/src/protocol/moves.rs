//! StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::id;
use super::request::in_range;
use super::service::Service;
use crate::error::{ErrorCode, SqsError};
use crate::registry::move_task::{MoveStatus, MoveTask};

/// The highest rate of a task, in messages per second.
const MAXIMUM_RATE: u32 = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct StartRequest {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CancelRequest {
    task_handle: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ListRequest {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StartAnswer {
    task_handle: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CancelAnswer {
    approximate_number_of_messages_moved: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAnswer {
    results: Vec<TaskAnswer>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TaskAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    task_handle: Option<String>,
    status: &'static str,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<u32>,
    approximate_number_of_messages_moved: usize,
    approximate_number_of_messages_to_move: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'static str>,
    started_timestamp: u64,
}

/// `StartMessageMoveTask`.
pub(crate) async fn start(
    service: &Arc<Service>,
    request: &StartRequest,
) -> Result<StartAnswer, SqsError> {
    let source = required("SourceArn", request.source_arn.as_deref())?;
    let rate = in_range(
        "MaxNumberOfMessagesPerSecond",
        request.max_number_of_messages_per_second,
        1..=MAXIMUM_RATE,
    )?;
    let id = id::fresh();
    service
        .broker
        .change(|registry, now| {
            let destination = request.destination_arn.as_deref();
            registry.start_move(id.clone(), source, destination, rate, now)
        })
        .await??;
    let task_handle = handle(&id, source);
    let broker = Arc::clone(&service.broker);
    tokio::spawn(async move { broker.run_move(&id, rate, id::fresh).await });
    Ok(StartAnswer { task_handle })
}

/// `CancelMessageMoveTask`.
pub(crate) async fn cancel(
    service: &Arc<Service>,
    request: &CancelRequest,
) -> Result<CancelAnswer, SqsError> {
    let handle = required("TaskHandle", request.task_handle.as_deref())?;
    let id = task_id(handle)
        .ok_or_else(|| SqsError::invalid_parameter("Value for parameter TaskHandle is invalid."))?;
    let approximate_number_of_messages_moved = service
        .broker
        .change(|registry, _| registry.cancel_move(&id))
        .await??;
    Ok(CancelAnswer {
        approximate_number_of_messages_moved,
    })
}

/// `ListMessageMoveTasks`.
pub(crate) fn list(service: &Service, request: &ListRequest) -> Result<ListAnswer, SqsError> {
    let source = required("SourceArn", request.source_arn.as_deref())?;
    let max = in_range("MaxResults", request.max_results, 1..=10)?.unwrap_or(1);
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let tasks = service
        .broker
        .look(|registry| registry.list_moves(source, max))?;
    Ok(ListAnswer {
        results: tasks.into_iter().map(shown).collect(),
    })
}

fn shown(task: MoveTask) -> TaskAnswer {
    let running = task.status == MoveStatus::Running;
    let (status, failure_reason) = match task.status {
        MoveStatus::Running => ("RUNNING", None),
        MoveStatus::Completed => ("COMPLETED", None),
        MoveStatus::Cancelled => ("CANCELLED", None),
        MoveStatus::Failed(reason) => ("FAILED", Some(reason)),
    };
    TaskAnswer {
        task_handle: running.then(|| handle(&task.id, &task.source_arn)),
        status,
        source_arn: task.source_arn,
        destination_arn: task.destination_arn,
        max_number_of_messages_per_second: task.rate,
        approximate_number_of_messages_moved: task.moved,
        approximate_number_of_messages_to_move: task.to_move,
        failure_reason,
        started_timestamp: task.started,
    }
}

fn handle(id: &str, source_arn: &str) -> String {
    STANDARD.encode(json!({"taskId": id, "sourceArn": source_arn}).to_string())
}

fn task_id(handle: &str) -> Option<String> {
    let document: Value = serde_json::from_slice(&STANDARD.decode(handle).ok()?).ok()?;
    Some(document.get("taskId")?.as_str()?.to_owned())
}

fn required<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, SqsError> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| SqsError::new(ErrorCode::MissingParameter, SqsError::missing(name).message))
}
