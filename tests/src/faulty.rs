//! A proxy in front of an SQS server that fails on demand: down, silent, deaf, or for a fraction of
//! the calls, in every way in which a call can fail.

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
    let target = head.headers.get("x-amz-target");
    let is_batch = target.is_some_and(|target| target == "AmazonSQS.SendMessageBatch");
    let fault = match mode {
        Mode::Deaf => Some(Fault::AnswerLost),
        _ => shared.next_fault(rate, is_batch),
    };
    match fault {
        None => shared.forward(head, body).await,
        Some(Fault::Refused) => Ok(unavailable()),
        Some(Fault::AnswerLost) => {
            shared.forward(head, body).await?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Some(Fault::PartOfBatch) => shared.forward_part(head, &body).await,
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

    /// Splits the entries; at least one entry fails.
    fn split(&self, entries: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
        let mut random = self.random.lock().expect("no holder panics");
        let certain = random.random_range(0..entries.len().max(1));
        let (failed, sent): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .enumerate()
            .partition(|(index, _)| *index == certain || random.random_bool(0.5));
        let values = |part: Vec<(usize, Value)>| part.into_iter().map(|(_, entry)| entry).collect();
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
