//! A receiver that a test plays.

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Response, StatusCode, Version};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub version: Version,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The number of its connection.
    pub connection: usize,
}

impl Arrived {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }
}

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers with a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, &'static [u8]),
    /// Begins an answer with a status, and never ends its body.
    Endless(u16),
    /// Does not answer.
    Nothing,
}

impl Reply {
    pub fn status(status: u16) -> Reply {
        Reply::Answer(status, Vec::new(), b"")
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;
type Play = dyn Fn(&Arrived) -> Reply + Send + Sync;

/// A receiver, until it is dropped.
pub struct Played {
    pub address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Played {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Played {
    pub async fn start(play: impl Fn(&Arrived) -> Reply + Send + Sync + 'static) -> Played {
        Played::at("127.0.0.1:0", None, play).await
    }

    pub async fn at(
        address: &str,
        tls: Option<ServerConfig>,
        play: impl Fn(&Arrived) -> Reply + Send + Sync + 'static,
    ) -> Played {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let (list, play): (_, Arc<Play>) = (Arc::clone(&arrived), Arc::new(play));
        let serving = tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (list, play, tls) = (Arc::clone(&list), Arc::clone(&play), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, false, connection, list, play).await,
                        Some(tls) => {
                            // A client that does not trust the certificate ends the handshake.
                            let Ok(stream) = tls.accept(stream).await else {
                                return;
                            };
                            let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                            serve(stream, is_h2, connection, list, play).await;
                        }
                    }
                });
            }
        });
        Played {
            address,
            arrived,
            serving,
        }
    }

    /// A receiver that reads a little, writes these bytes, and closes the connection.
    pub async fn raw(answer: &'static [u8]) -> Played {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(answer).await;
            }
        });
        Played {
            address,
            arrived: Arc::default(),
            serving,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/events", self.address)
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The ids of the requests, in the order of their arrival.
    pub fn ids(&self) -> Vec<String> {
        let arrived = self.arrived();
        arrived
            .iter()
            .map(|request| request.id().to_owned())
            .collect()
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    is_h2: bool,
    connection: usize,
    list: Arc<Mutex<Vec<Arrived>>>,
    play: Arc<Play>,
) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (list, play) = (Arc::clone(&list), Arc::clone(&play));
        async move {
            let (head, body) = request.into_parts();
            let arrived = Arrived {
                version: head.version,
                path: head.uri.path().to_owned(),
                headers: head.headers,
                body: body.collect().await.unwrap().to_bytes(),
                connection,
            };
            list.lock().unwrap().push(arrived.clone());
            let reply = play(&arrived);
            Ok::<_, Infallible>(respond(reply).await)
        }
    });
    let stream = TokioIo::new(stream);
    // The client may close the connection at any time.
    let _ = if is_h2 {
        let server = http2::Builder::new(TokioExecutor::new());
        server.serve_connection(stream, service).await
    } else {
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new());
        server.serve_connection(stream, service).await
    };
}

async fn respond(reply: Reply) -> Response<Body> {
    let (status, headers, body) = match reply {
        Reply::Nothing => std::future::pending().await,
        Reply::Answer(status, headers, body) => {
            let body = http_body_util::Full::new(Bytes::from_static(body));
            (status, headers, body.boxed_unsync())
        }
        Reply::Endless(status) => {
            let frames = stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let frame = Frame::data(Bytes::from_static(b"and so on, "));
                Some((Ok::<_, Infallible>(frame), ()))
            });
            (
                status,
                Vec::new(),
                StreamBody::new(Box::pin(frames)).boxed_unsync(),
            )
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
