//! The one route of the protocol: `POST /` with the action in `X-Amz-Target`.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::host::Hosts;
use super::service::Service;
use super::{acknowledging, id, listing, moves, queues, receiving, sending, tagging};
use crate::error::{ErrorCode, SqsError};

/// The largest request: a batch of 1 MiB in which every character is escaped as `\u0000`, and room
/// for the rest.
const MAXIMUM_REQUEST: usize = 8 * 1024 * 1024;

/// The most bytes of requests at a time, as bodies or parsed. A body for which there is no room
/// waits.
const HELD_BYTES: usize = 32 * 1024 * 1024;

/// The bytes that one permit covers.
const PERMIT_BYTES: usize = 1024;

/// The route to the actions, with its limits.
#[derive(Debug)]
pub(crate) struct Router {
    service: Arc<Service>,
    hosts: Hosts,
    room: Arc<Semaphore>,
    /// Held while a body is parsed, which takes up to two copies of it.
    parsing: Mutex<()>,
    /// The time for a body, starting at the head.
    body_timeout: Duration,
    stopped: watch::Receiver<bool>,
}

impl Router {
    /// The route to the service, under the server's own host names and the given ones, until the
    /// server is stopped.
    pub(crate) fn new(
        service: Service,
        hosts: Hosts,
        body_timeout: Duration,
        stopped: watch::Receiver<bool>,
    ) -> Router {
        Router {
            service: Arc::new(service),
            hosts,
            room: Arc::new(Semaphore::new(HELD_BYTES / PERMIT_BYTES)),
            parsing: Mutex::default(),
            body_timeout,
            stopped,
        }
    }

    /// Answers one request: checks its head, then reads its body. An error closes the connection.
    /// A receive waits only until the client has `gone`.
    pub(crate) async fn answer<B>(
        &self,
        gone: impl Future<Output = ()>,
        request: Request<B>,
    ) -> io::Result<Response<Full<Bytes>>>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        if let Some(ambiguous) = ambiguous_host(&head) {
            return Ok(refuse(&ambiguous));
        }
        if let Some(foreign) = self.foreign_host(&head) {
            return Ok(refuse(&foreign));
        }
        if head.method != Method::POST {
            return Ok(empty(StatusCode::METHOD_NOT_ALLOWED));
        }
        let action = head.headers.get("x-amz-target");
        let action = action
            .and_then(|target| target.to_str().ok())
            .and_then(|target| target.strip_prefix("AmazonSQS."));
        let Some(action) = action else {
            return Ok(refuse(&SqsError::new(
                ErrorCode::InvalidAction,
                "The header X-Amz-Target must name an action of AmazonSQS.",
            )));
        };
        let announced = body.size_hint().exact();
        let size = announced.map_or(Ok(MAXIMUM_REQUEST), usize::try_from);
        let Some(size) = size.ok().filter(|size| *size <= MAXIMUM_REQUEST) else {
            return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
        };
        let permits = u32::try_from(size.div_ceil(PERMIT_BYTES)).map_err(io::Error::other)?;
        let read = async {
            let room = Arc::clone(&self.room).acquire_many_owned(permits).await;
            (collect(body, size).await, room)
        };
        let mut stopped = self.stopped.clone();
        let (body, _room) = tokio::select! {
            read = timeout(self.body_timeout, read) => read?,
            _ = stopped.wait_for(|stopped| *stopped) => return Err(io::ErrorKind::TimedOut.into()),
        };
        let answer = match body {
            Ok(Some(body)) => self.act(gone, action, body).await,
            Ok(None) => return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE)),
            Err(error) => return Err(io::Error::other(error)),
        };
        Ok(match answer {
            Ok(json) => whole(StatusCode::OK, json),
            Err(error) => refuse(&error),
        })
    }

    async fn act(
        &self,
        gone: impl Future<Output = ()>,
        action: &str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, SqsError> {
        let service = &self.service;
        match action {
            "SendMessage" => write(&sending::send(service, self.read(body)?).await?),
            "SendMessageBatch" => write(&sending::send_batch(service, self.read(body)?).await?),
            "ReceiveMessage" => receiving::receive(service, gone, self.read(body)?).await,
            "DeleteMessage" => write(&acknowledging::delete(service, self.read(body)?).await?),
            "DeleteMessageBatch" => {
                write(&acknowledging::delete_batch(service, self.read(body)?).await?)
            }
            "ChangeMessageVisibility" => {
                write(&acknowledging::change_visibility(service, self.read(body)?).await?)
            }
            "ChangeMessageVisibilityBatch" => {
                write(&acknowledging::change_visibility_batch(service, self.read(body)?).await?)
            }
            "CreateQueue" => write(&queues::create(service, self.read(body)?).await?),
            "DeleteQueue" => write(&queues::delete(service, self.read(body)?).await?),
            "ListQueues" => write(&listing::list(service, &self.read(body)?)?),
            "GetQueueUrl" => write(&queues::url(service, &self.read(body)?)?),
            "GetQueueAttributes" => write(&queues::attributes(service, &self.read(body)?)?),
            "SetQueueAttributes" => {
                write(&queues::set_attributes(service, self.read(body)?).await?)
            }
            "PurgeQueue" => write(&queues::purge(service, self.read(body)?).await?),
            "ListDeadLetterSourceQueues" => {
                write(&listing::dead_letter_sources(service, &self.read(body)?)?)
            }
            "TagQueue" => write(&tagging::tag(service, self.read(body)?).await?),
            "UntagQueue" => write(&tagging::untag(service, self.read(body)?).await?),
            "ListQueueTags" => write(&tagging::tags(service, &self.read(body)?)?),
            "AddPermission" | "RemovePermission" => {
                write(&queues::change_permission(service, &self.read(body)?)?)
            }
            "StartMessageMoveTask" => write(&moves::start(service, &self.read(body)?).await?),
            "CancelMessageMoveTask" => write(&moves::cancel(service, &self.read(body)?).await?),
            "ListMessageMoveTasks" => write(&moves::list(service, &self.read(body)?)?),
            _ => Err(SqsError::new(
                ErrorCode::InvalidAction,
                format!("The action {action} is not valid for this endpoint."),
            )),
        }
    }

    fn read<T: DeserializeOwned>(&self, body: Vec<u8>) -> Result<T, SqsError> {
        let _one_at_a_time = self.parsing.lock().unwrap_or_else(PoisonError::into_inner);
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        serde_json::from_slice(text)
            .map_err(|error| SqsError::new(ErrorCode::MalformedInput, error.to_string()))
    }

    /// Without this check, any web page could read and empty the queues: the page makes one of its
    /// own host names point to this machine, and the developer's browser sends the requests.
    fn foreign_host(&self, head: &Parts) -> Option<SqsError> {
        let host = head.headers.get(header::HOST);
        let host = host.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
        let authority = head.uri.authority().map(ToString::to_string);
        let mut named = host.into_iter().chain(authority);
        let foreign = named.find(|host| !self.hosts.has(host))?;
        Some(SqsError::new(
            ErrorCode::AccessDenied,
            format!(
                "The host {foreign:?} is not a host of this server. Use 127.0.0.1 or localhost, or add the host to the server's options."
            ),
        ))
    }
}

/// The body; `None` if it is larger than the size. Memory that is not written to takes no room.
async fn collect<B>(mut body: B, size: usize) -> Result<Option<Vec<u8>>, B::Error>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut bytes = Vec::with_capacity(size);
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            if data.len() > size - bytes.len() {
                return Ok(None);
            }
            bytes.extend_from_slice(data);
        }
    }
    Ok(Some(bytes))
}

/// A request has one `Host`; one of HTTP/1.0 may have none. (RFC 9112, section 3.2.)
fn ambiguous_host(head: &Parts) -> Option<SqsError> {
    let hosts = head.headers.get_all(header::HOST).iter().count();
    let missing = hosts == 0 && head.version == Version::HTTP_11;
    (missing || hosts > 1).then(|| {
        SqsError::new(
            ErrorCode::MalformedInput,
            "The request must have exactly one header Host.",
        )
    })
}

fn write<T: Serialize>(answer: &T) -> Result<Vec<u8>, SqsError> {
    serde_json::to_vec(answer)
        .map_err(|error| SqsError::new(ErrorCode::InternalFailure, error.to_string()))
}

fn refuse(error: &SqsError) -> Response<Full<Bytes>> {
    let status = if error.code == ErrorCode::AccessDenied {
        StatusCode::FORBIDDEN
    } else if error.code.is_senders() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let blame = if error.code.is_senders() {
        "Sender"
    } else {
        "Receiver"
    };
    let body = serde_json::json!({
        "__type": format!("com.amazonaws.sqs#{}", error.code.shape()),
        "message": error.message,
    });
    let mut response = whole(status, body.to_string());
    let query_error = format!("{};{blame}", error.code.query_code());
    if let Ok(query_error) = HeaderValue::from_str(&query_error) {
        response
            .headers_mut()
            .insert("x-amzn-query-error", query_error);
    }
    response
}

fn whole(status: StatusCode, json: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(json.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    if let Ok(request_id) = HeaderValue::from_str(&id::fresh()) {
        headers.insert("x-amzn-requestid", request_id);
    }
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
