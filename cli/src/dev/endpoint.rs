//! The HTTP server in front of `verify` and `push`: plays the part of the cloud's HTTP API.

use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use lambda_http::{Body, Request, RequestExt, Response};
use std::{collections::HashMap, io, net::SocketAddr, pin::pin, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many bytes of a body are kept: beyond what any queue takes, so that what is cut off here is
/// refused for its size by whoever reads it.
const KEPT_BYTES: usize = 2 * 1024 * 1024;
/// How many bytes of a body are read at all. A client that sends more may not see the answer.
const READ_BYTES: usize = 64 * 1024 * 1024;
/// How long a client may take for the head of a request, and between two pieces of a body.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The pause after a failure to accept, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An address that is listened on.
#[derive(Debug)]
pub struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process listens there.
    #[error("the address {0} is in use: end the other process, or choose another with --listen")]
    InUse(SocketAddr),
    /// The system refuses.
    #[error("cannot listen on {address}: {source}")]
    Refused {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Answers requests.
pub trait Answer: Clone + Send + Sync + 'static {
    /// Answers one, whose path parameter `source` is the path without its first `/`.
    fn answer(&self, request: Request) -> impl Future<Output = Response<Body>> + Send;
}

impl Endpoint {
    /// Listens. Requests wait until [`Endpoint::serve`].
    ///
    /// # Errors
    /// See [`BindError`].
    pub async fn bind(address: SocketAddr) -> Result<Endpoint, BindError> {
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse(address),
            _ => BindError::Refused { address, source },
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Endpoint { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then ends once the requests at work are answered.
    pub async fn serve<A: Answer>(self, answer: A, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let functions = Functions {
                        answer: answer.clone(),
                        at_work: tasks.clone(),
                    };
                    tasks.spawn(serve_connection(stream, functions, stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.listener);
        tasks.close();
        tasks.wait().await;
    }
}

/// What answers, and the tasks that it does so in.
struct Functions<A> {
    answer: A,
    at_work: TaskTracker,
}

async fn serve_connection<A: Answer>(
    stream: TcpStream,
    functions: Functions<A>,
    stop: CancellationToken,
) {
    // Answers are small; waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let service = service_fn(|request| respond(&functions, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}

/// An error closes the connection without an answer.
async fn respond<A: Answer>(
    functions: &Functions<A>,
    request: hyper::Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = match read(body).await? {
        bytes if bytes.is_empty() => Body::Empty,
        bytes => Body::Binary(bytes),
    };
    let source = head.uri.path();
    let source = source.strip_prefix('/').unwrap_or(source).to_owned();
    let request = Request::from_parts(head, body)
        .with_path_parameters(HashMap::from([("source".to_owned(), source)]));
    // As in the cloud, a function works to its end though the client may have gone.
    let answer = functions.answer.clone();
    let answered = async move { answer.answer(request).await };
    let answered = functions.at_work.spawn(answered).await;
    let (head, body) = answered.map_err(io::Error::other)?.into_parts();
    // A body whose length is known is sent with exactly that Content-Length.
    let body = Full::new(Bytes::copy_from_slice(&body));
    Ok(Response::from_parts(head, body))
}

async fn read(mut body: Incoming) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while seen <= READ_BYTES
        && let Some(frame) = timeout(READ_TIMEOUT, body.frame()).await?
    {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            seen = seen.saturating_add(data.len());
            let room = KEPT_BYTES - kept.len();
            kept.extend_from_slice(data.get(..room).unwrap_or(&data));
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;
