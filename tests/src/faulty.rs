//! A proxy in front of SQS, SNS and EventBridge that fails on demand: down, silent, deaf, or for a
//! fraction of the calls, in every way in which a call can fail.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How the proxy treats calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Every call goes through.
    Up,
    /// Every connection is closed at once, and so are open connections.
    Down,
    /// Calls get no answer until the mode changes.
    Silent,
    /// Every call goes through, and every answer is lost.
    Deaf,
    /// This fraction of the calls, from 0 to 1, fails. A call is refused before it reaches the
    /// server, or its answer is lost on the way back, or some entries of a batch that is sent fail.
    Flaky(f64),
}

/// A running proxy; dropping it stops it.
#[derive(Debug)]
pub struct Faulty {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    mode: watch::Sender<Mode>,
    random: Mutex<StdRng>,
    faults: [AtomicU64; 3],
    calls: AtomicU64,
}

/// The ways in which a call can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer is 503, and the call does not reach the server.
    Refused,
    /// The server executes the call, and its answer is lost.
    AnswerLost,
    /// Some entries of a batch fail, and the others are sent.
    PartOfBatch,
}

impl Faulty {
    /// Starts a proxy in front of the server at the URL `upstream`. The calls that fail in the mode
    /// [`Mode::Flaky`] depend on `seed` and on the order of the calls.
    pub async fn start(upstream: &str, mode: Mode, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            mode: watch::channel(mode).0,
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            faults: Default::default(),
            calls: AtomicU64::new(0),
        });
        let task = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Faulty {
            address,
            shared,
            task,
        }
    }

    /// The URL of the proxy.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the mode, also for calls in progress.
    pub fn set(&self, mode: Mode) {
        self.shared.mode.send_replace(mode);
    }

    /// The number of all calls, failed or not.
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// The number of calls that failed in this way.
    pub fn count(&self, fault: Fault) -> u64 {
        self.shared.faults[fault as usize].load(Ordering::Relaxed)
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve_connection(stream, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    let mut mode = shared.mode.subscribe();
    let service = service_fn(|request| answer(Arc::clone(&shared), request));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // In both cases the connection is closed, and the other end cannot learn more.
    tokio::select! {
        _ = connection => {}
        _ = mode.wait_for(|mode| *mode == Mode::Down) => {}
    }
}

/// Answers a call. An error closes the connection without an answer.
async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    shared.calls.fetch_add(1, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let mut mode = shared.mode.subscribe();
    let mode = *mode
        .wait_for(|mode| *mode != Mode::Silent)
        .await
        .map_err(io::Error::other)?;
    let rate = match mode {
        Mode::Flaky(rate) => rate,
        Mode::Up | Mode::Silent | Mode::Deaf => 0.0,
        Mode::Down => return Err(io::ErrorKind::ConnectionReset.into()),
    };
    let batch = Batch::of(&head, &body);
    let fault = match mode {
        Mode::Deaf => Some(Fault::AnswerLost),
        _ => shared.next_fault(rate, batch.is_some()),
    };
    match fault {
        None => shared.forward(head, body).await,
        Some(Fault::Refused) => Ok(unavailable()),
        Some(Fault::AnswerLost) => {
            shared.forward(head, body).await?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Some(Fault::PartOfBatch) => match batch {
            Some(Batch::Messages) => shared.forward_part(head, &body).await,
            Some(Batch::Publications) => shared.publish_part(head, &body).await,
            Some(Batch::Events) => shared.put_part(head, &body).await,
            None => shared.forward(head, body).await,
        },
    }
}

/// A call that sends several entries, of which each has a result.
#[derive(Clone, Copy)]
enum Batch {
    /// `SendMessageBatch` of SQS.
    Messages,
    /// `PublishBatch` of SNS.
    Publications,
    /// `PutEvents` of EventBridge.
    Events,
}

impl Batch {
    fn of(head: &hyper::http::request::Parts, body: &[u8]) -> Option<Batch> {
        let target = head.headers.get("x-amz-target");
        match target.and_then(|target| target.to_str().ok()) {
            Some("AmazonSQS.SendMessageBatch") => Some(Batch::Messages),
            Some("AWSEvents.PutEvents") => Some(Batch::Events),
            None if body.starts_with(b"Action=PublishBatch&") => Some(Batch::Publications),
            _ => None,
        }
    }
}

impl Shared {
    fn next_fault(&self, rate: f64, is_batch: bool) -> Option<Fault> {
        let mut random = self.random.lock().expect("no holder panics");
        if !random.random_bool(rate) {
            return None;
        }
        let fault = match random.random_range(0..if is_batch { 4 } else { 2 }) {
            0 => Fault::Refused,
            1 => Fault::AnswerLost,
            _ => Fault::PartOfBatch,
        };
        self.faults[fault as usize].fetch_add(1, Ordering::Relaxed);
        Some(fault)
    }

    async fn forward(
        &self,
        head: hyper::http::request::Parts,
        body: Bytes,
    ) -> io::Result<Response<Full<Bytes>>> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(head.method)
            .uri(format!("{}{path}", self.upstream));
        for (name, value) in &head.headers {
            if *name != HOST && *name != CONTENT_LENGTH {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::new(body)).map_err(io::Error::other)?;
        let answer = self
            .client
            .request(request)
            .await
            .map_err(io::Error::other)?;
        let (mut head, body) = answer.into_parts();
        head.headers.remove(CONTENT_LENGTH);
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Response::from_parts(head, Full::new(body)))
    }

    /// Sends some entries of a batch, possibly none, and reports the others as failed.
    async fn forward_part(
        &self,
        head: hyper::http::request::Parts,
        body: &Bytes,
    ) -> io::Result<Response<Full<Bytes>>> {
        let mut batch: Value = serde_json::from_slice(body)?;
        let entries = batch["Entries"].as_array_mut().map(std::mem::take);
        let entries = entries.unwrap_or_default();
        let (sent, failed) = self.split(entries);
        let failed: Vec<Value> = failed
            .iter()
            .map(|entry| {
                json!({
                    "Id": entry["Id"],
                    "Code": "InternalError",
                    "SenderFault": false,
                    "Message": "failed on purpose",
                })
            })
            .collect();
        if sent.is_empty() {
            let answer = json!({"Successful": [], "Failed": failed});
            return Ok(json_answer(StatusCode::OK, &answer));
        }
        batch["Entries"] = sent.into();
        let answer = self.forward(head, batch.to_string().into()).await?;
        if answer.status() != StatusCode::OK {
            return Ok(answer);
        }
        let body = match answer.into_body().collect().await {
            Ok(body) => body.to_bytes(),
            Err(impossible) => match impossible {},
        };
        let mut answer: Value = serde_json::from_slice(&body)?;
        let mut all_failed = answer["Failed"].as_array().cloned().unwrap_or_default();
        all_failed.extend(failed);
        answer["Failed"] = all_failed.into();
        Ok(json_answer(StatusCode::OK, &answer))
    }

    /// As [`Self::forward_part`], for SNS: the parameters of an entry are kept or left out together.
    async fn publish_part(
        &self,
        head: hyper::http::request::Parts,
        body: &Bytes,
    ) -> io::Result<Response<Full<Bytes>>> {
        let body = String::from_utf8_lossy(body);
        let member = |parameter: &str| {
            let rest = parameter.strip_prefix("PublishBatchRequestEntries.member.")?;
            Some(rest.split('.').next()?.to_owned())
        };
        let mut members: Vec<String> = body.split('&').filter_map(member).collect();
        members.dedup();
        let (_, failed) = self.split(members);
        let mut failures = String::new();
        let mut kept = Vec::new();
        for parameter in body.split('&') {
            match member(parameter).filter(|member| failed.contains(member)) {
                None => kept.push(parameter),
                Some(_) => {
                    let id = parameter.split_once(".Id=").map(|(_, id)| id);
                    failures.extend(id.map(|id| {
                        format!(
                            "<member><Id>{id}</Id><Code>InternalError</Code>\
                             <Message>failed on purpose</Message>\
                             <SenderFault>false</SenderFault></member>"
                        )
                    }));
                }
            }
        }
        let end = "</PublishBatchResult>";
        let failures = format!("<Failed>{failures}</Failed>{end}");
        if !kept.iter().any(|parameter| member(parameter).is_some()) {
            let result = format!("<PublishBatchResult><Successful/>{failures}");
            let answer = format!("<PublishBatchResponse>{result}</PublishBatchResponse>");
            return Ok(Response::new(Full::new(Bytes::from(answer))));
        }
        let answer = self.forward(head, kept.join("&").into()).await?;
        let (head, body) = answer.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(impossible) => match impossible {},
        };
        let text = String::from_utf8_lossy(&body).replace(end, &failures);
        Ok(Response::from_parts(head, Full::new(Bytes::from(text))))
    }

    /// As [`Self::forward_part`], for EventBridge, which tells results by their places.
    async fn put_part(
        &self,
        head: hyper::http::request::Parts,
        body: &Bytes,
    ) -> io::Result<Response<Full<Bytes>>> {
        let mut call: Value = serde_json::from_slice(body)?;
        let entries = call["Entries"].as_array_mut().map(std::mem::take);
        let places: Vec<(usize, Value)> = entries
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .collect();
        let (sent, failed) = self.split(places);
        let mut results = vec![json!({"EventId": "none"}); sent.len() + failed.len()];
        for (place, _) in &failed {
            results[*place] = json!({"ErrorCode": "InternalFailure", "ErrorMessage": "on purpose"});
        }
        if !sent.is_empty() {
            let entries: Vec<&Value> = sent.iter().map(|(_, entry)| entry).collect();
            call["Entries"] = json!(entries);
            let answer = self.forward(head, call.to_string().into()).await?;
            let body = match answer.into_body().collect().await {
                Ok(body) => body.to_bytes(),
                Err(impossible) => match impossible {},
            };
            let answer: Value = serde_json::from_slice(&body)?;
            for (index, (place, _)) in sent.iter().enumerate() {
                results[*place] = answer["Entries"][index].clone();
            }
        }
        let answer = json!({"FailedEntryCount": failed.len(), "Entries": results});
        Ok(json_answer(StatusCode::OK, &answer))
    }

    /// Splits the entries; at least one entry fails.
    fn split<T>(&self, entries: Vec<T>) -> (Vec<T>, Vec<T>) {
        let mut random = self.random.lock().expect("no holder panics");
        let certain = random.random_range(0..entries.len().max(1));
        let (failed, sent): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .enumerate()
            .partition(|(index, _)| *index == certain || random.random_bool(0.5));
        let values = |part: Vec<(usize, T)>| part.into_iter().map(|(_, entry)| entry).collect();
        (values(sent), values(failed))
    }
}

fn unavailable() -> Response<Full<Bytes>> {
    let body = json!({"__type": "com.amazonaws.sqs#ServiceUnavailable", "message": "on purpose"});
    json_answer(StatusCode::SERVICE_UNAVAILABLE, &body)
}

fn json_answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    answer
}
