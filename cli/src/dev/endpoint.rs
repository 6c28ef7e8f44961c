//! The HTTP server in front of `verify` and `push`: plays the part of the cloud's HTTP API.
//!
//! Unauthenticated requests cost little. A request is judged by its head, and its body is read only
//! afterwards. The number of connections, the bytes and the time are limited.
//!
//! # Layout
//!
//! * [`connections`]: the limit on connections, and which connection gives way.
//! * [`body`]: bodies, within limits of time and memory.

pub(crate) mod body;
pub(crate) mod connections;

use body::Bodies;
use connections::{Connections, Exchange, Limits, Place};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    header::EXPECT,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use lambda_http::{Body, Request, RequestExt, Response};
use std::{
    collections::HashMap,
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a client may take for the head of a request, and how long it may be idle before.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// The most bytes of a head, and the most bytes that are read ahead of a body.
const READ_AHEAD: usize = 64 * 1024;
/// The pause after a failure to accept, such as too many open files. It doubles up to the maximum.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const MAX_ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// An address on which the server listens.
#[derive(Debug)]
pub(crate) struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
    limits: Limits,
    body_timeout: Duration,
}

/// Why the server cannot listen on an address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    /// Another process listens there.
    #[error("the address {0} is in use: end the other process, or choose another with --listen")]
    InUse(SocketAddr),
    /// The system does not allow it.
    #[error("cannot listen on {address}")]
    Refused {
        /// The requested address.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
}

/// The judgement on a request's head.
#[derive(Debug)]
pub(crate) enum Judged {
    /// The answer, which does not depend on the body.
    Answered(Response<Body>),
    /// The request, whose body has to be read.
    Wanted(Request),
}

/// Answers requests. The path parameter `source` is the path without its first `/`.
pub(crate) trait Answer: Clone + Send + Sync + 'static {
    /// Judges a request by its head; the body is still empty.
    fn judge(&self, head: Request) -> impl Future<Output = Judged> + Send;

    /// Answers a complete request.
    fn answer(&self, request: Request) -> impl Future<Output = Response<Body>> + Send;

    /// Answers a request whose body does not arrive in time.
    fn refuse_late(&self, head: &Request) -> Response<Body>;
}

impl Endpoint {
    /// Starts to listen. Requests wait until [`Endpoint::serve`] is called.
    ///
    /// # Errors
    /// See [`BindError`].
    pub(crate) async fn bind(address: SocketAddr) -> Result<Endpoint, BindError> {
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse(address),
            _ => BindError::Refused { address, source },
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Endpoint {
            listener,
            address,
            limits: Limits::of_this_process(),
            body_timeout: body::TIMEOUT,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, and ends once the requests in progress are answered.
    pub(crate) async fn serve<A: Answer>(self, answer: A, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        let connections = Connections::within(self.limits);
        let bodies = Bodies::new(self.body_timeout, stop.clone());
        let mut pause = ACCEPT_PAUSE;
        loop {
            let accepted = async {
                let (stream, _) = self.listener.accept().await?;
                Ok((stream, connections.place().await))
            };
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accepted => accepted,
            };
            match accepted {
                Ok((stream, place)) => {
                    pause = ACCEPT_PAUSE;
                    let functions = Functions {
                        answer: answer.clone(),
                        at_work: tasks.clone(),
                        bodies: bodies.clone(),
                    };
                    tasks.spawn(serve_connection(stream, functions, place, stop.clone()));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if pause == ACCEPT_PAUSE {
                        tracing::warn!(%error, "cannot accept connections, trying again");
                    }
                    connections.make_place();
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = MAX_ACCEPT_PAUSE.min(pause * 2);
                }
            }
        }
        drop(self.listener);
        tasks.close();
        tasks.wait().await;
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// The functions that answer, and their tasks.
struct Functions<A> {
    answer: A,
    at_work: TaskTracker,
    bodies: Bodies,
}

async fn serve_connection<A: Answer>(
    stream: TcpStream,
    functions: Functions<A>,
    place: Place,
    stop: CancellationToken,
) {
    // Answers are small; waiting for a full packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let service = service_fn(|request| {
        let exchange = place.begin();
        let functions = &functions;
        async move { respond(functions, &exchange, request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .half_close(true)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let served = tokio::select! {
        biased;
        served = connection.as_mut() => served,
        () = stop.cancelled() => end(connection.as_mut(), &place).await,
        () = place.given_up() => end(connection.as_mut(), &place).await,
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Answers the request in progress, if there is one; an incomplete request is not waited for.
async fn end<S>(
    mut connection: Pin<&mut http1::Connection<TokioIo<TcpStream>, S>>,
    place: &Place,
) -> hyper::Result<()>
where
    S: hyper::service::HttpService<Incoming, ResBody = Full<Bytes>>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    connection.as_mut().graceful_shutdown();
    // The answer is written by the same call that finishes the request.
    poll_fn(|context| match connection.as_mut().poll(context) {
        Poll::Pending if !place.has_request() => Poll::Ready(Ok(())),
        polled => polled,
    })
    .await
}

/// Answers a request. An error closes the connection without an answer.
async fn respond<A: Answer>(
    functions: &Functions<A>,
    exchange: &Exchange,
    request: hyper::Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let source = head.uri.path();
    let source = source.strip_prefix('/').unwrap_or(source).to_owned();
    let request = Request::from_parts(head, Body::Empty)
        .with_path_parameters(HashMap::from([("source".to_owned(), source)]));
    let answer = functions.answer.clone();
    // A client that waits for a go-ahead before it sends a body gets the answer instead.
    let is_on_its_way = !request.headers().contains_key(EXPECT);
    let request = match answer.judge(request).await {
        Judged::Wanted(request) => request,
        Judged::Answered(response) => {
            if is_on_its_way {
                body::discard(body);
            }
            return Ok(whole(response));
        }
    };
    let body = match functions.bodies.read(body, exchange).await {
        Ok(body) => body,
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            return Ok(whole(answer.refuse_late(&request)));
        }
        Err(error) => return Err(error),
    };
    // As in the cloud, a function runs to its end even if the client has gone.
    let answered = async move {
        let (bytes, _held) = body.into_parts();
        let body = match bytes {
            bytes if bytes.is_empty() => Body::Empty,
            bytes => Body::Binary(bytes),
        };
        answer.answer(request.map(|_| body)).await
    };
    let answered = functions.at_work.spawn(answered).await;
    answered.map(whole).map_err(io::Error::other)
}

/// A body of known length is sent with exactly that Content-Length.
fn whole(response: Response<Body>) -> Response<Full<Bytes>> {
    response.map(|body| Full::new(Bytes::copy_from_slice(&body)))
}

#[cfg(test)]
mod tests;
