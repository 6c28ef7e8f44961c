//! A server on this machine that plays an AWS service, for tests of clients.

use crate::aws::Aws;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_sqs::config::SharedCredentialsProvider;
use std::sync::{Arc, Mutex};
use thingrelay_core::{
    event::EventType,
    message::{EventMessage, Fifo, Message},
    timestamp::Timestamp,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// The message's content, which no error may show.
pub(crate) const CONTENT: &str = "power-of-meter-7";

/// The server, and the bodies of the calls so far.
pub(crate) struct Answering {
    origin: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Answering {
    /// Answers each call by its number and its body.
    pub(crate) async fn with(
        answer: impl Fn(usize, &str) -> (u16, String) + Send + Sync + 'static,
    ) -> Answering {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (answer, noted) = (Arc::new(answer), Arc::clone(&calls));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, noted) = (Arc::clone(&answer), Arc::clone(&noted));
                // A client that has given up ends the connection, and with it the task.
                tokio::spawn(async move { serve(stream, &*answer, &noted).await.unwrap_or(()) });
            }
        });
        Answering { origin, calls }
    }

    /// The environment of a client whose calls come here, whatever their region.
    pub(crate) fn aws(&self) -> Aws {
        let credentials = Credentials::new("id", "key", None, None, "test");
        let environment = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(&self.origin)
            .build();
        Aws::within(environment)
    }

    /// The bodies of the calls so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

async fn serve(
    stream: TcpStream,
    answer: &(dyn Fn(usize, &str) -> (u16, String) + Send + Sync),
    calls: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some((_, body)) = next_request(&mut stream).await? else {
        return Ok(());
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    let number = {
        let mut calls = calls.lock().unwrap();
        calls.push(body.clone());
        calls.len() - 1
    };
    let (status, text) = answer(number, &body);
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}", text.len());
    let whole = format!("{head}\r\nConnection: close\r\n\r\n{text}");
    stream.write_all(whole.as_bytes()).await
}

/// The first line and the body of the next request; `None` if the client has closed the connection.
pub(crate) async fn next_request(
    stream: &mut BufReader<TcpStream>,
) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let (mut first, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if first.is_empty() {
            first.clone_from(&line);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some((first, body)))
}

/// An event of a device, with [`CONTENT`] in its body. It has this many bytes, or as few as
/// possible.
pub(crate) fn event(subject: Option<&str>, bytes: usize) -> EventMessage {
    let padding = "x".repeat(bytes.saturating_sub(CONTENT.len() + r#"{"power":""}"#.len()));
    EventMessage {
        message: Message {
            body: format!(r#"{{"power":"{CONTENT}{padding}"}}"#),
            fifo: Some(Fifo {
                group: "the-group".to_owned(),
                deduplication: "the-id-0".to_owned(),
            }),
        },
        kind: EventType::DeviceProperties,
        source: "/tencent-iot-hub/meters".to_owned(),
        subject: subject.map(str::to_owned),
        time: Timestamp::from_unix_millis(1_750_000_000_250),
    }
}
