//! Sends events to a receiver, one request for each attempt.

use crate::{
    connector::{Connector, OpenError},
    event::Event,
    failure::Failure,
    memory::MemoryNetwork,
    resolver::Resolve,
    retry_after,
    verdict::Verdict,
};
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, Uri,
    header::{RETRY_AFTER, USER_AGENT},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use thingrelay_core::{config::WebhookTarget, timestamp::Timestamp, webhook::SigningSecrets};
use tokio::time::{Instant, timeout, timeout_at};

/// The most bytes of an answer that are read. The connection of a longer one is closed.
const MAX_ANSWER_BYTES: usize = 16 * 1024;
/// How long reading an answer may take after its head has come.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long an unused connection is kept. Receivers often close theirs after a minute. The clock of the
/// pool may stand still while Lambda freezes the sandbox, so the wall clock has to agree.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The most bytes of an answer's head.
const MAX_HEAD_BYTES: u32 = 16 * 1024;

/// A receiver, and the connections to it.
#[derive(Debug)]
pub struct Receiver {
    connector: Connector,
    pool: Mutex<Pool>,
    uri: Uri,
    timeout: Duration,
}

#[derive(Debug)]
struct Pool {
    client: HttpClient,
    last_used: Timestamp,
}

type HttpClient = Client<Connector, Full<Bytes>>;

/// An attempt, and what came of it.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub outcome: Result<Answer, Failure>,
    pub verdict: Verdict,
    /// The time until the answer's head, or until the failure.
    pub elapsed: Duration,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// When the receiver wants the next attempt, from now.
    pub retry_after: Option<Duration>,
    /// The beginning of the body.
    pub body: Bytes,
}

impl Attempt {
    /// The status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(|answer| answer.status)
    }

    pub fn retry_after(&self) -> Option<Duration> {
        self.outcome.as_ref().ok()?.retry_after
    }
}

impl Receiver {
    /// Makes a client for a receiver. Connects to nothing yet.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(target: &WebhookTarget, resolver: Arc<dyn Resolve>) -> Result<Receiver, OpenError> {
        Ok(Self::through(target, Connector::new(target, resolver)?))
    }

    /// The same for a receiver in this process.
    pub fn in_memory(target: &WebhookTarget, network: Arc<dyn MemoryNetwork>) -> Receiver {
        Self::through(target, Connector::in_memory(target, network))
    }

    fn through(target: &WebhookTarget, connector: Connector) -> Receiver {
        let pool = Pool {
            client: client(connector.clone()),
            last_used: Timestamp::from_unix_millis(0),
        };
        Receiver {
            connector,
            pool: Mutex::new(pool),
            uri: target.url.uri().clone(),
            timeout: target.timeout,
        }
    }

    /// Sends an event once. No redirect is followed.
    pub async fn attempt(
        &self,
        event: &Event,
        signing: &SigningSecrets,
        now: Timestamp,
    ) -> Attempt {
        let began = Instant::now();
        let sent = match self.request(event, signing, now) {
            Ok(request) => {
                let answering = self.client(now).request(request);
                let answered = timeout_at(began + self.timeout, answering).await;
                answered.map(|answered| answered.map_err(|error| Failure::of(&error)))
            }
            Err(_) => Ok(Err(Failure::of_request())),
        };
        let elapsed = began.elapsed();
        let outcome = match sent {
            Err(_) => Err(Failure::timeout(self.timeout)),
            Ok(Err(failure)) => Err(failure),
            Ok(Ok(response)) => Ok(answer(response, now).await),
        };
        let verdict = match &outcome {
            Ok(answer) => Verdict::on_status(answer.status),
            Err(failure) => Verdict::on_failure(failure.kind),
        };
        Attempt {
            outcome,
            verdict,
            elapsed,
        }
    }

    /// The client, without connections that have been unused for too long.
    fn client(&self, now: Timestamp) -> HttpClient {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = now.unix_millis().abs_diff(pool.last_used.unix_millis());
        if u128::from(unused) > IDLE_TIMEOUT.as_millis() {
            pool.client = client(self.connector.clone());
        }
        pool.last_used = now;
        pool.client.clone()
    }

    fn request(
        &self,
        event: &Event,
        signing: &SigningSecrets,
        now: Timestamp,
    ) -> http::Result<Request<Full<Bytes>>> {
        let seconds = now.unix_millis().div_euclid(1000).to_string();
        let signature = signing.sign(event.id(), &seconds, &event.body);
        let mut request = Request::post(self.uri.clone())
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .header(USER_AGENT, HeaderValue::from_static("thingrelay"))
            .body(Full::new(event.body.clone()))?;
        request.headers_mut().extend(event.headers.clone());
        Ok(request)
    }
}

fn client(connector: Connector) -> HttpClient {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .timer(TokioTimer::new())
        .http1_max_buf_size(MAX_HEAD_BYTES as usize)
        .http2_max_header_list_size(MAX_HEAD_BYTES)
        .build(connector)
}

/// Reads the beginning of an answer. Its status alone decides, so a body that does not come or does
/// not end changes nothing.
async fn answer(response: Response<Incoming>, now: Timestamp) -> Answer {
    let (head, body) = response.into_parts();
    let value = head.headers.get(RETRY_AFTER);
    let retry_after = value.and_then(|value| retry_after::parse(value.to_str().ok()?, now));
    let mut body = Limited::new(body, MAX_ANSWER_BYTES);
    let mut begin = Vec::new();
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            begin.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
    };
    let _ = timeout(ANSWER_TIMEOUT, reading).await;
    Answer {
        status: head.status.as_u16(),
        retry_after,
        body: begin.into(),
    }
}
