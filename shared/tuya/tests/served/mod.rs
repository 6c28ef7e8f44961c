//! The broker's end of a connection, played step by step.

use futures::{SinkExt, StreamExt};
use std::{sync::Arc, time::Duration};
use thingrelay_core::{
    config::{EdgeConfig, Ingress, Tuya},
    source::SourceName,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
    },
};

pub const ACCESS_ID: &str = "relaytestid000000001";
pub const ACCESS_KEY: &str = "00112233445566778899aabbccddeeff";
pub const TOPIC: &str = "persistent://relaytestid000000001/out/event";

pub trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

/// A listening broker.
pub struct Served {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    pub port: u16,
}

/// The request for an upgrade, as it came.
#[derive(Debug, Default, Clone)]
pub struct Asked {
    pub path_and_query: String,
    pub username: String,
    pub password: String,
    pub host: String,
}

/// A connection that was accepted.
pub struct Session {
    pub asked: Asked,
    socket: WebSocketStream<Box<dyn Bytes>>,
}

impl Served {
    pub async fn start() -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Served {
            listener,
            tls: None,
            port,
        }
    }

    pub async fn start_tls(config: ServerConfig) -> Served {
        Served {
            tls: Some(TlsAcceptor::from(Arc::new(config))),
            ..Served::start().await
        }
    }

    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// A source that is pulled from here.
    pub fn source(&self) -> (SourceName, Tuya) {
        source(&format!("url = \"{}\"", self.url()))
    }

    /// The next connection, on which nothing was sent.
    pub async fn accept_tcp(&self) -> TcpStream {
        soon(self.listener.accept()).await.unwrap().0
    }

    /// The next connection, upgraded. `None` if the client leaves during the handshake.
    pub async fn try_accept(&self) -> Option<Session> {
        let stream = self.accept_tcp().await;
        let stream: Box<dyn Bytes> = match &self.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(soon(tls.accept(stream)).await.ok()?),
        };
        Session::of(stream).await
    }

    pub async fn accept(&self) -> Session {
        self.try_accept().await.unwrap()
    }

    /// The next connection, upgraded, unless its path holds the word: then it is refused. Also
    /// returns the path.
    pub async fn accept_but(&self, word: &str, status: u16) -> (Option<Session>, bool) {
        let stream = self.accept_tcp().await;
        let mut head = vec![0; 1024];
        let read = soon(stream.peek(&mut head)).await.unwrap();
        let path = String::from_utf8_lossy(&head[..read]).into_owned();
        if path.lines().next().unwrap().contains(word) {
            refuse(stream, status).await;
            return (None, true);
        }
        (Session::of(Box::new(stream)).await, false)
    }

    /// Refuses the upgrade of the next connection.
    pub async fn refuse(&self, status: u16) {
        refuse(self.accept_tcp().await, status).await;
    }

    /// Answers the next connection's request with these bytes.
    pub async fn answer(&self, text: &str) {
        answer(self.accept_tcp().await, text).await;
    }
}

async fn refuse(stream: TcpStream, status: u16) {
    let text = format!("HTTP/1.1 {status} \r\ncontent-length: 0\r\n\r\n");
    answer(stream, &text).await;
}

async fn answer(mut stream: TcpStream, text: &str) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        assert_ne!(soon(stream.read_buf(&mut request)).await.unwrap(), 0);
    }
    stream.write_all(text.as_bytes()).await.unwrap();
}

impl Asked {
    fn of(request: &Request) -> Asked {
        let header = |name: &str| {
            let values: Vec<&str> = request
                .headers()
                .get_all(name)
                .iter()
                .map(|value| value.to_str().unwrap())
                .collect();
            values.join(" and ")
        };
        Asked {
            path_and_query: request.uri().path_and_query().unwrap().to_string(),
            username: header("username"),
            password: header("password"),
            host: header("host"),
        }
    }
}

impl Session {
    async fn of(stream: Box<dyn Bytes>) -> Option<Session> {
        let mut asked = Asked::default();
        #[expect(clippy::result_large_err, reason = "the type is that of the callback")]
        let note = |request: &Request, response: Response| {
            asked = Asked::of(request);
            Ok(response)
        };
        let socket = soon(accept_hdr_async(stream, note)).await.ok()?;
        Some(Session { asked, socket })
    }

    pub async fn send(&mut self, message: Message) {
        soon(self.socket.send(message)).await.unwrap();
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// The next message of the client; `None` once it is gone.
    pub async fn next(&mut self) -> Option<Message> {
        soon(self.socket.next()).await.and_then(Result::ok)
    }

    /// The next id that the client acknowledges. Skips pings.
    pub async fn acknowledged(&mut self) -> String {
        loop {
            match self.next().await.unwrap() {
                Message::Text(text) => {
                    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                    let object = value.as_object().unwrap();
                    assert_eq!(object.len(), 1, "{text}");
                    return object["messageId"].as_str().unwrap().to_owned();
                }
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A source named house, with these lines besides the credentials.
pub fn source(lines: &str) -> (SourceName, Tuya) {
    let config = config(lines);
    let (name, source) = config.sources.into_iter().next().unwrap();
    match source.ingress {
        Ingress::Tuya(tuya) => (name, *tuya),
        other => panic!("{other:?}"),
    }
}

/// The configuration of that source.
pub fn config(lines: &str) -> EdgeConfig {
    let text = format!(
        "[sources.house]\nplatform = \"tuya\"\naccess_id = \"{ACCESS_ID}\"\naccess_key = \"{ACCESS_KEY}\"\n{lines}\n"
    );
    EdgeConfig::parse(&[&text]).unwrap()
}

/// The future's result, which must come within ten seconds.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future)
        .await
        .expect("it takes longer than 10 s")
}
