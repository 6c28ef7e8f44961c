//! The one route of the protocol: `POST /` with the action in `X-Amz-Target`.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::host::Hosts;
use super::{acknowledging, contents, listing, moves, queues, receiving, sending, tagging};
use crate::broker::Broker;
use crate::fault::{Fault, FaultCode};

/// The largest request: a batch of 1 MiB in which every character is escaped as `\u0000`, and
/// some for the rest.
const MAXIMUM_REQUEST: usize = 8 * 1024 * 1024;

/// What every action can use.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) broker: Arc<Broker>,
    pub(crate) endpoint: String,
}

/// All that the server answers, by the names of its own and those given.
pub(crate) fn router(broker: Arc<Broker>, endpoint: String, hosts: Hosts) -> Router {
    Router::new()
        .fallback(serve)
        .layer(DefaultBodyLimit::max(MAXIMUM_REQUEST))
        .layer(middleware::from_fn_with_state(hosts, refuse_foreign_hosts))
        .with_state(Arc::new(Service { broker, endpoint }))
}

/// Without this, a web page anywhere could read and empty the queues: it lets a name of its own
/// point to this machine, and the browser of a developer asks.
async fn refuse_foreign_hosts(
    State(hosts): State<Hosts>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    let authority = request.uri().authority().map(ToString::to_string);
    match host
        .into_iter()
        .chain(authority)
        .find(|host| !hosts.has(host))
    {
        None => next.run(request).await,
        Some(foreign) => refuse(&Fault::new(
            FaultCode::AccessDenied,
            format!(
                "The host {foreign:?} is none of this server's. Use 127.0.0.1 or localhost, or name \
                 the host to the server."
            ),
        )),
    }
}

async fn serve(
    State(service): State<Arc<Service>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let action = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.strip_prefix("AmazonSQS."));
    let answer = match action {
        Some(action) => act(&service, action, &body).await,
        None => Err(Fault::new(
            FaultCode::InvalidAction,
            "The header X-Amz-Target must name an action of AmazonSQS.",
        )),
    };
    let request_id = contents::fresh_id();
    let mut response = match answer {
        Ok(json) => json.into_response(),
        Err(fault) => refuse(&fault),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        headers.insert("x-amzn-requestid", request_id);
    }
    response
}

async fn act(service: &Arc<Service>, action: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
    match action {
        "SendMessage" => write(&sending::send(service, read(body)?).await?),
        "SendMessageBatch" => write(&sending::send_batch(service, read(body)?).await?),
        "ReceiveMessage" => receiving::receive(service, read(body)?).await,
        "DeleteMessage" => write(&acknowledging::delete(service, read(body)?).await?),
        "DeleteMessageBatch" => write(&acknowledging::delete_batch(service, read(body)?).await?),
        "ChangeMessageVisibility" => {
            write(&acknowledging::change_visibility(service, read(body)?).await?)
        }
        "ChangeMessageVisibilityBatch" => {
            write(&acknowledging::change_visibility_batch(service, read(body)?).await?)
        }
        "CreateQueue" => write(&queues::create(service, read(body)?).await?),
        "DeleteQueue" => write(&queues::delete(service, read(body)?).await?),
        "ListQueues" => write(&listing::list(service, &read(body)?)?),
        "GetQueueUrl" => write(&queues::url(service, &read(body)?)?),
        "GetQueueAttributes" => write(&queues::attributes(service, &read(body)?)?),
        "SetQueueAttributes" => write(&queues::set_attributes(service, read(body)?).await?),
        "PurgeQueue" => write(&queues::purge(service, read(body)?).await?),
        "ListDeadLetterSourceQueues" => {
            write(&listing::dead_letter_sources(service, &read(body)?)?)
        }
        "TagQueue" => write(&tagging::tag(service, read(body)?).await?),
        "UntagQueue" => write(&tagging::untag(service, read(body)?).await?),
        "ListQueueTags" => write(&tagging::tags(service, &read(body)?)?),
        "AddPermission" | "RemovePermission" => {
            write(&queues::change_permission(service, &read(body)?)?)
        }
        "StartMessageMoveTask" => write(&moves::start(service, &read(body)?).await?),
        "CancelMessageMoveTask" => write(&moves::cancel(service, &read(body)?).await?),
        "ListMessageMoveTasks" => write(&moves::list(service, &read(body)?)?),
        _ => Err(Fault::new(
            FaultCode::InvalidAction,
            format!("The action {action} is not valid for this endpoint."),
        )),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| Fault::new(FaultCode::MalformedInput, error.to_string()))
}

fn write<T: Serialize>(answer: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(answer)
        .map_err(|error| Fault::new(FaultCode::InternalFailure, error.to_string()))
}

fn refuse(fault: &Fault) -> Response {
    let status = if fault.code == FaultCode::AccessDenied {
        StatusCode::FORBIDDEN
    } else if fault.code.is_senders() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let blame = if fault.code.is_senders() {
        "Sender"
    } else {
        "Receiver"
    };
    let body = serde_json::json!({
        "__type": format!("com.amazonaws.sqs#{}", fault.code.shape()),
        "message": fault.message,
    });
    let query_error = format!("{};{blame}", fault.code.query_code());
    (
        status,
        [("x-amzn-query-error", query_error)],
        body.to_string(),
    )
        .into_response()
}
