//! A broker's WebSocket service that follows a script.

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tokio_tungstenite::{
    accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::StatusCode,
    },
};

/// The most time that a test waits.
const LIMIT: Duration = Duration::from_secs(30);

/// The treatment of a client.
pub(crate) enum Part {
    /// The client is refused with this status.
    Refuse(u16),
    /// The client gets these frames, and then nothing more.
    Deliver(Vec<String>),
    /// The client gets these frames, and then the connection ends without a close frame.
    DeliverAndLeave(Vec<String>),
    /// Each message of the client is answered with this result.
    Accept(&'static str),
}

/// An action of a client.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deed {
    /// The client requested a path, with these headers.
    Asked(String, HashMap<String, String>),
    /// The client sent this frame.
    Sent(Value),
    /// The client closed the connection, with or without a close frame.
    Left,
}

/// A listening broker. It ends with the test's process.
pub(crate) struct Broker {
    pub(crate) port: u16,
    deeds: Receiver<Deed>,
}

trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

impl Broker {
    /// A broker that calls the script for each client, with the client's number from 0 and its
    /// path.
    pub(crate) fn start(script: impl Fn(usize, &str) -> Part + Send + Sync + 'static) -> Broker {
        Broker::start_with(None, script)
    }

    /// A broker that speaks TLS under the name localhost.
    pub(crate) fn start_tls(
        config: ServerConfig,
        script: impl Fn(usize, &str) -> Part + Send + Sync + 'static,
    ) -> Broker {
        Broker::start_with(Some(TlsAcceptor::from(Arc::new(config))), script)
    }

    fn start_with(
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, &str) -> Part + Send + Sync + 'static,
    ) -> Broker {
        let (log, deeds) = channel();
        let (to_port, port) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                to_port.send(listener.local_addr().unwrap().port()).unwrap();
                let script = Arc::new(script);
                for number in 0.. {
                    let (stream, _) = listener.accept().await.unwrap();
                    let (script, log, tls) = (Arc::clone(&script), log.clone(), tls.clone());
                    tokio::spawn(async move {
                        let stream: Box<dyn Bytes> = match tls {
                            None => Box::new(stream),
                            Some(tls) => match tls.accept(stream).await {
                                Ok(stream) => Box::new(stream),
                                Err(_) => return,
                            },
                        };
                        serve(stream, |path| script(number, path), log).await;
                    });
                }
            });
        });
        Broker {
            port: port.recv_timeout(LIMIT).unwrap(),
            deeds,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// The actions up to and including the first match.
    pub(crate) fn until(&self, meant: impl Fn(&Deed) -> bool) -> Vec<Deed> {
        let deadline = Instant::now() + LIMIT;
        let mut deeds = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(deed) = self.deeds.recv_timeout(left) else {
                panic!("too late: {deeds:#?}");
            };
            let found = meant(&deed);
            deeds.push(deed);
            if found {
                return deeds;
            }
        }
    }

    /// The actions so far.
    pub(crate) fn so_far(&self) -> Vec<Deed> {
        self.deeds.try_iter().collect()
    }
}

/// The frames that were sent, among these actions.
pub(crate) fn sent(deeds: &[Deed]) -> Vec<&Value> {
    deeds
        .iter()
        .filter_map(|deed| match deed {
            Deed::Sent(value) => Some(value),
            _ => None,
        })
        .collect()
}

async fn serve(stream: Box<dyn Bytes>, script: impl Fn(&str) -> Part, log: Sender<Deed>) {
    let mut part = Part::Refuse(500);
    #[expect(clippy::result_large_err, reason = "the type is that of the callback")]
    let let_in = |request: &Request, response: Response| {
        let path = request.uri().path_and_query().unwrap().to_string();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| {
            let value = value.to_str().unwrap().to_owned();
            (name.as_str().to_owned(), value)
        });
        part = script(&path);
        let _ = log.send(Deed::Asked(path, headers.collect()));
        match part {
            Part::Refuse(status) => {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = StatusCode::from_u16(status).unwrap();
                Err(refusal)
            }
            _ => Ok(response),
        }
    };
    let Ok(mut socket) = accept_hdr_async(stream, let_in).await else {
        return;
    };
    if let Part::Deliver(frames) | Part::DeliverAndLeave(frames) = &part {
        for frame in frames {
            if socket.send(Message::text(frame.as_str())).await.is_err() {
                let _ = log.send(Deed::Left);
                return;
            }
        }
    }
    if matches!(part, Part::DeliverAndLeave(_)) {
        return;
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let value: Value = serde_json::from_str(&text).unwrap();
        if let Part::Accept(result) = part {
            let answer = serde_json::json!({
                "result": result,
                "messageId": "CA4QABgKMAA=",
                "context": value["context"],
                "errorCode": 0,
            });
            let _ = log.send(Deed::Sent(value));
            if socket
                .send(Message::text(answer.to_string()))
                .await
                .is_err()
            {
                break;
            }
        } else {
            let _ = log.send(Deed::Sent(value));
        }
    }
    let _ = log.send(Deed::Left);
}
