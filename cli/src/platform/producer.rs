//! Produces messages through Pulsar's WebSocket service.
//!
//! One connection carries the messages of all workers, and many messages wait for their answers at
//! the same time.
//!
//! Source: <https://pulsar.apache.org/docs/4.0.x/client-libraries-websocket/#producer-endpoint>.

use super::connection::{Connector, Stream};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use http::{HeaderMap, header::AUTHORIZATION};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use thingrelay_core::{secret::Secret, tuya::Access};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

/// A topic to produce to.
pub(crate) struct Producer {
    connector: Connector,
    url: String,
    headers: HeaderMap,
    limit: Duration,
    state: tokio::sync::Mutex<State>,
}

/// The identity under which messages are produced.
#[derive(Debug, Clone)]
pub(crate) enum Producing {
    /// The project that owns the messages.
    Project(Access),
    /// The owner of this bearer token.
    Bearer(Secret),
}

/// A message for the broker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    /// The key. Messages with the same key keep their order.
    pub(crate) key: &'a str,
    /// The property `em`.
    pub(crate) em: &'a str,
    /// The payload, in base64.
    pub(crate) payload: &'a str,
}

/// Why a message was not accepted. The text is the code under which the error is counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProduceError {
    /// There is no connection; the word names the reason.
    #[error("{0}")]
    NoConnection(&'static str),
    /// The broker refused the connection with this status.
    #[error("http_{0}")]
    Refused(u16),
    /// The server is not a WebSocket service.
    #[error("not_websocket")]
    NoWebSocket,
    /// The answer did not come in time.
    #[error("timeout")]
    TimedOut,
    /// The connection ended before an answer came.
    #[error("connection_lost")]
    Lost,
    /// The broker refused the message; the word is its reason.
    #[error("{0}")]
    Answer(String),
}

#[derive(Default)]
struct State {
    open: Option<mpsc::UnboundedSender<Request>>,
    /// The last failure to connect: a message that waited for this attempt need not try again.
    failed: Option<(Instant, ProduceError)>,
}

/// A frame without its context, and the channel for its answer.
struct Request {
    frame: String,
    context: String,
    answer: oneshot::Sender<Result<(), ProduceError>>,
}

type Waiting = Mutex<HashMap<String, oneshot::Sender<Result<(), ProduceError>>>>;

#[derive(Serialize)]
struct Frame<'a> {
    payload: &'a str,
    key: &'a str,
    properties: Properties<'a>,
    context: &'a str,
}

#[derive(Serialize)]
struct Properties<'a> {
    em: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    result: String,
    context: Option<String>,
}

impl Producer {
    /// A producer, which is not connected yet. An answer may take as long as `limit`.
    ///
    /// # Errors
    /// The credentials are not valid in a header.
    pub(crate) fn new(
        connector: Connector,
        url: String,
        producing: &Producing,
        limit: Duration,
    ) -> Result<Producer, http::header::InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        let mut add = |name, value: &str| {
            let mut value = HeaderValue::from_str(value)?;
            value.set_sensitive(true);
            headers.insert(name, value);
            Ok(())
        };
        match producing {
            Producing::Project(access) => {
                add(
                    http::HeaderName::from_static("username"),
                    access.id.as_str(),
                )?;
                add(
                    http::HeaderName::from_static("password"),
                    &access.password(),
                )?;
            }
            Producing::Bearer(token) => add(AUTHORIZATION, &format!("Bearer {}", token.expose()))?,
        }
        Ok(Producer {
            connector,
            url,
            headers,
            limit,
            state: tokio::sync::Mutex::default(),
        })
    }

    /// Produces a message. Returns how long the broker took to accept it.
    ///
    /// # Errors
    /// See [`ProduceError`].
    pub(crate) async fn produce(
        &self,
        message: Outgoing<'_>,
        context: String,
    ) -> Result<Duration, ProduceError> {
        let frame = Frame {
            payload: message.payload,
            key: message.key,
            properties: Properties { em: message.em },
            context: &context,
        };
        // Serialising text to memory cannot fail.
        let frame = serde_json::to_string(&frame).unwrap_or_default();
        let requests = self.connection().await?;
        let started = Instant::now();
        let (answer, answered) = oneshot::channel();
        requests
            .send(Request {
                frame,
                context,
                answer,
            })
            .map_err(|_| ProduceError::Lost)?;
        match timeout(self.limit, answered).await {
            Err(_) => Err(ProduceError::TimedOut),
            Ok(Err(_)) => Err(ProduceError::Lost),
            Ok(Ok(answer)) => answer.map(|()| started.elapsed()),
        }
    }

    async fn connection(&self) -> Result<mpsc::UnboundedSender<Request>, ProduceError> {
        let asked = Instant::now();
        let mut state = self.state.lock().await;
        if let Some(open) = &state.open
            && !open.is_closed()
        {
            return Ok(open.clone());
        }
        if let Some((at, error)) = &state.failed
            && *at >= asked
        {
            return Err(error.clone());
        }
        let connected = timeout(self.limit, self.connect()).await;
        match connected.unwrap_or(Err(ProduceError::TimedOut)) {
            Ok(socket) => {
                let (requests, from_requests) = mpsc::unbounded_channel();
                tokio::spawn(carry(socket, from_requests));
                state.open = Some(requests.clone());
                Ok(requests)
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<WebSocketStream<Box<dyn Stream>>, ProduceError> {
        let mut request = self
            .url
            .as_str()
            .into_client_request()
            .map_err(|_| ProduceError::NoWebSocket)?;
        request.headers_mut().extend(self.headers.clone());
        let stream = self.connector.open_stream().await;
        let stream = stream.map_err(|error| ProduceError::NoConnection(error.code()))?;
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::Error::Http(response)) => {
                Err(ProduceError::Refused(response.status().as_u16()))
            }
            Err(_) => Err(ProduceError::NoWebSocket),
        }
    }
}

/// Carries frames in both directions until the connection ends or all producers are dropped.
/// Requests that still wait then fail, because the connection is lost.
async fn carry(
    socket: WebSocketStream<Box<dyn Stream>>,
    requests: mpsc::UnboundedReceiver<Request>,
) {
    let (mut outgoing, mut incoming) = socket.split();
    let waiting = Waiting::default();
    tokio::select! {
        () = read(&mut incoming, &waiting) => {}
        _ = write(&mut outgoing, requests, &waiting) => {}
    }
}

async fn read(incoming: &mut SplitStream<WebSocketStream<Box<dyn Stream>>>, waiting: &Waiting) {
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let Ok(answer) = serde_json::from_str::<Answer>(&text) else {
            continue;
        };
        let context = answer.context.unwrap_or_default();
        let Some(who) = lock(waiting).remove(&context) else {
            continue;
        };
        // The task that waited may have given up.
        let _ = who.send(match answer.result.as_str() {
            "ok" => Ok(()),
            word => Err(ProduceError::Answer(plain(word))),
        });
    }
}

async fn write(
    outgoing: &mut SplitSink<WebSocketStream<Box<dyn Stream>>, Message>,
    mut requests: mpsc::UnboundedReceiver<Request>,
    waiting: &Waiting,
) -> Result<(), tungstenite::Error> {
    while let Some(first) = requests.recv().await {
        let mut next = Some(first);
        while let Some(request) = next {
            lock(waiting).insert(request.context, request.answer);
            outgoing.feed(Message::text(request.frame)).await?;
            next = requests.try_recv().ok();
        }
        outgoing.flush().await?;
    }
    outgoing.send(Message::Close(None)).await
}

/// A word for a summary: short, and only of visible characters.
fn plain(word: &str) -> String {
    let visible = word.chars().take(40).filter(char::is_ascii_graphic);
    let word: String = visible.collect();
    if word.is_empty() {
        "refused".to_owned()
    } else {
        word
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
