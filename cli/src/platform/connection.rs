//! One HTTP/1.1 connection, plain or over TLS, and why it could not be opened.
//!
//! The code does without a connection pool, so that each stage (name, connection, TLS, answer) has
//! its own error, and each worker of `send` owns its connection without a lock.

use super::{
    address::{Address, Scheme},
    answer::Answer,
};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, ClientConfig, RootCertStore, pki_types::ServerName},
};

/// How long resolving a name may take, and after it connecting, including TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer's body that are read.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Opens connections to one address.
#[derive(Clone)]
pub(crate) struct Connector {
    address: Address,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// A stream of bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    peer: SocketAddr,
    exchanged: Exchanged,
}

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The host's name has no address.
    #[error("the name of the host cannot be resolved: {0}")]
    Lookup(#[source] io::Error),
    /// Nothing listens there.
    #[error("the connection was refused by {0}")]
    Refused(SocketAddr),
    /// The attempt got no answer in time.
    #[error("no connection within {} s", CONNECT_TIMEOUT.as_secs())]
    TimedOut,
    /// The network reports an error.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(SocketAddr, #[source] io::Error),
    /// TLS failed, for example because of the certificate.
    #[error("no TLS connection: {0}")]
    Tls(#[source] io::Error),
    /// This machine has no list of trusted certificate authorities.
    #[error("this machine has no trusted certificate authorities: install its ca-certificates")]
    NoAuthorities,
    /// The host's name is not valid in a certificate.
    #[error("the name of the host is not one that a certificate can have")]
    ServerName,
    /// The HTTP connection could not be prepared.
    #[error("no HTTP connection: {0}")]
    Http(#[source] hyper::Error),
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    /// The answer did not come in time.
    #[error("no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The connection ended first.
    #[error("the connection ended before the answer did: {0}")]
    Lost(#[source] hyper::Error),
    /// The answer is not HTTP.
    #[error("the answer is not HTTP: {0}")]
    NotHttp(#[source] hyper::Error),
    /// The answer's body is larger than any expected answer.
    #[error("the answer is larger than {MAX_ANSWER_BYTES} bytes")]
    TooLarge,
}

/// Whether a connection has carried an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exchanged {
    Nothing,
    Something,
}

// === impl Connector ===

impl Connector {
    /// A connector. For `https` it reads the machine's list of certificate authorities
    /// (`SSL_CERT_FILE` and `SSL_CERT_DIR` name another).
    pub(crate) fn new(address: &Address) -> Result<Self, ConnectError> {
        let tls = match address.scheme() {
            Scheme::Http => None,
            Scheme::Https => Some((tls_connector()?, server_name(address.host())?)),
        };
        Ok(Connector {
            address: address.clone(),
            tls,
        })
    }

    /// Opens a connection to the first of the host's addresses that answers.
    pub(crate) async fn open(&self) -> Result<Connection, ConnectError> {
        let peers = self.look_up().await?;
        let opened = async {
            let (stream, peer) = self.reach(peers).await?;
            Ok(Connection {
                sender: handshake(stream).await?,
                peer,
                exchanged: Exchanged::Nothing,
            })
        };
        timeout(CONNECT_TIMEOUT, opened)
            .await
            .map_err(|_| ConnectError::TimedOut)?
    }

    /// Opens a connection as [`Connector::open`] does, for a protocol other than HTTP.
    pub(crate) async fn open_stream(&self) -> Result<Box<dyn Stream>, ConnectError> {
        let peers = self.look_up().await?;
        let (stream, _) = timeout(CONNECT_TIMEOUT, self.reach(peers))
            .await
            .map_err(|_| ConnectError::TimedOut)??;
        Ok(stream)
    }

    async fn look_up(&self) -> Result<Vec<SocketAddr>, ConnectError> {
        let lookup = lookup_host((self.address.host(), self.address.port()));
        let peers = timeout(CONNECT_TIMEOUT, lookup)
            .await
            .unwrap_or_else(|elapsed| Err(elapsed.into()))
            .map_err(ConnectError::Lookup)?;
        Ok(peers.collect())
    }

    async fn reach(
        &self,
        peers: Vec<SocketAddr>,
    ) -> Result<(Box<dyn Stream>, SocketAddr), ConnectError> {
        let (stream, peer) = connect(peers).await?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                Box::new(stream.map_err(ConnectError::Tls)?)
            }
        };
        Ok((stream, peer))
    }
}

impl ConnectError {
    /// The word under which the error is counted.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            ConnectError::Refused(_) => "connection_refused",
            ConnectError::TimedOut => "connection_timeout",
            ConnectError::Lookup(_) => "unknown_host",
            ConnectError::Tls(_) => "tls",
            ConnectError::Unreachable(..)
            | ConnectError::NoAuthorities
            | ConnectError::ServerName
            | ConnectError::Http(_) => "no_connection",
        }
    }
}

async fn connect(peers: Vec<SocketAddr>) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let mut last = ConnectError::Lookup(io::ErrorKind::NotFound.into());
    for peer in peers {
        match TcpStream::connect(peer).await {
            Ok(stream) => {
                // Without this option, a small request waits until the previous request is
                // acknowledged.
                let _ = stream.set_nodelay(true);
                return Ok((stream, peer));
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                last = ConnectError::Refused(peer);
            }
            Err(error) => last = ConnectError::Unreachable(peer, error),
        }
    }
    Err(last)
}

fn tls_connector() -> Result<TlsConnector, ConnectError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(ConnectError::NoAuthorities);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Tls(io::Error::other(error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn server_name(host: &str) -> Result<ServerName<'static>, ConnectError> {
    ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::ServerName)
}

async fn handshake(stream: Box<dyn Stream>) -> Result<SendRequest<Full<Bytes>>, ConnectError> {
    // Go writes header names in title case; so does this client.
    let (sender, connection) = Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(ConnectError::Http)?;
    // An error reaches the request that waits for the answer.
    tokio::spawn(connection);
    Ok(sender)
}

// === impl Connection ===

impl Connection {
    /// The address at the other end.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The connection, unless it has ended since its last answer: servers close idle connections. A
    /// request on it would fail, and the endpoint would not be the cause.
    pub(crate) async fn unless_ended(mut self) -> Option<Connection> {
        let is_ready = self.sender.ready().await.is_ok();
        (is_ready && !self.sender.is_closed()).then_some(self)
    }

    /// Whether a failed request may be sent again on a fresh connection: the server may have closed
    /// this connection while it was idle.
    pub(crate) fn is_used(&self) -> bool {
        self.exchanged == Exchanged::Something
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        limit: Duration,
    ) -> Result<Answer, ExchangeError> {
        let started = Instant::now();
        let answer = timeout(limit, async {
            let response = self.sender.send_request(request).await.map_err(no_answer)?;
            let (head, body) = response.into_parts();
            let body = match Limited::new(body, MAX_ANSWER_BYTES).collect().await {
                Ok(body) => body.to_bytes(),
                Err(error) if error.is::<LengthLimitError>() => {
                    return Err(ExchangeError::TooLarge);
                }
                Err(error) => match error.downcast::<hyper::Error>() {
                    Ok(error) => return Err(no_answer(*error)),
                    Err(_) => return Err(ExchangeError::TooLarge),
                },
            };
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body,
                took: started.elapsed(),
            })
        })
        .await
        .map_err(|_| ExchangeError::TimedOut(limit))??;
        self.exchanged = Exchanged::Something;
        Ok(answer)
    }
}

fn no_answer(error: hyper::Error) -> ExchangeError {
    if error.is_parse() {
        ExchangeError::NotHttp(error)
    } else {
        ExchangeError::Lost(error)
    }
}
