//! A connection to the broker, from the name of its host to the WebSocket.

use crate::{timing::Timing, tls};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use thingrelay::pull::ConnectError;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream, rustls::pki_types::ServerName};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        self,
        client::IntoClientRequest,
        handshake::client::Request,
        http::{HeaderName, HeaderValue, StatusCode},
        protocol::WebSocketConfig,
    },
};

/// The largest message that is read. A broker's own limit is 5 MiB, which become 7 MiB in base64.
///
/// Source: <https://pulsar.apache.org/reference/#/4.0.x/config/reference-configuration-broker>,
/// `maxMessageSize`.
const MAX_FRAME_BYTES: usize = 16 << 20;
const READ_BUFFER_BYTES: usize = 64 << 10;
const WRITE_BUFFER_BYTES: usize = 16 << 10;

/// The address to connect to, and the credentials.
pub(crate) struct ConnectOptions {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The whole URL; its origin is not used to connect.
    pub(crate) url: String,
    /// The topic, for people.
    pub(crate) topic: String,
    pub(crate) username: String,
    pub(crate) password: String,
    /// `None` for a connection without TLS.
    pub(crate) tls: Option<TlsConnector>,
}

/// Bytes to and from the broker.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Opens the WebSocket.
///
/// # Errors
/// See [`ConnectError`]; the text is a sentence for the operator of the source.
pub(crate) async fn open(
    options: &ConnectOptions,
    timing: &Timing,
) -> Result<WebSocketStream<Stream>, ConnectError> {
    timeout(timing.connect, open_in_time(options, timing))
        .await
        .unwrap_or_else(|_| {
            Err(ConnectError::Unreachable(format!(
                "{}:{} did not answer within {} s: check the url and that the network lets \
                 connections out",
                options.host,
                options.port,
                timing.connect.as_secs()
            )))
        })
}

async fn open_in_time(
    options: &ConnectOptions,
    timing: &Timing,
) -> Result<WebSocketStream<Stream>, ConnectError> {
    let request = request(options)?;
    let stream = connect(options, timing).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    match client_async_with_config(request, stream, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => Err(refused(response.status(), options)),
        Err(error) => Err(ConnectError::Unreachable(format!(
            "{}:{} does not speak WebSocket: {error}",
            options.host, options.port
        ))),
    }
}

fn request(options: &ConnectOptions) -> Result<Request, ConnectError> {
    let malformed =
        |error: String| ConnectError::Unreachable(format!("the url cannot be requested: {error}"));
    let mut request = options
        .url
        .as_str()
        .into_client_request()
        .map_err(|error| malformed(error.to_string()))?;
    for (name, value) in [
        ("username", &options.username),
        ("password", &options.password),
    ] {
        let mut value =
            HeaderValue::from_str(value).map_err(|error| malformed(error.to_string()))?;
        value.set_sensitive(true);
        let name = HeaderName::from_static(name);
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

/// Explains the status of a refused upgrade.
fn refused(status: StatusCode, options: &ConnectOptions) -> ConnectError {
    let (code, topic, host) = (status.as_u16(), &options.topic, &options.host);
    match code {
        401 | 403 => ConnectError::Refused(format!(
            "{host} answered {code} for {topic}: check that access_id and access_key are those of \
             the project, that the region is its data center's, and that its message service is \
             switched on with a message rule for this environment"
        )),
        404 => ConnectError::Missing(format!(
            "{host} answered {code}: it has no topic {topic}: check the environment and the \
             region, and that the message service is switched on"
        )),
        500 => ConnectError::Missing(format!(
            "{host} answered {code}: {topic} has no subscription for this project, or the broker has a problem: check that the message service is switched on"
        )),
        _ => ConnectError::Unreachable(format!(
            "{host} answered {code} instead of opening a WebSocket: check the url"
        )),
    }
}

async fn connect(options: &ConnectOptions, timing: &Timing) -> Result<Stream, ConnectError> {
    let tcp = dial(options, timing).await?;
    // Without this, an acknowledgement waits for the one before to arrive.
    let _ = tcp.set_nodelay(true);
    let Some(connector) = &options.tls else {
        return Ok(Stream::Plain(tcp));
    };
    let host = options.host.trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        ConnectError::Unreachable(format!("{host} is not a name that a certificate can have"))
    })?;
    match connector.connect(name, tcp).await {
        Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
        Err(error) => Err(ConnectError::Unreachable(tls::explain(&error, host))),
    }
}

/// Connects to the first of the host's addresses that accepts.
async fn dial(options: &ConnectOptions, timing: &Timing) -> Result<TcpStream, ConnectError> {
    let (host, port) = (options.host.trim_matches(['[', ']']), options.port);
    let addresses: Vec<SocketAddr> = lookup_host((host, port))
        .await
        .map_err(|error| {
            ConnectError::Unreachable(format!("the name {host} cannot be resolved: {error}"))
        })?
        .collect();
    let mut last = format!("the name {host} has no address");
    for address in addresses {
        // If one address drops packets, there must be time for the next.
        match timeout(timing.connect / 2, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                last = format!("nothing listens at {address} ({host})");
            }
            Ok(Err(error)) => last = format!("{address} ({host}) cannot be reached: {error}"),
            Err(_) => last = format!("{address} ({host}) does not answer"),
        }
    }
    Err(ConnectError::Unreachable(last))
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
