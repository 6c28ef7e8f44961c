//! A connection to Pulsar's WebSocket service, which speaks JSON.
//!
//! Source: <https://pulsar.apache.org/docs/4.0.x/client-libraries-websocket/>.

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::pulsar::Pulsar;

/// A connection; dropping it breaks off the connection.
#[derive(Debug)]
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Connects to a path below `/ws/v2` with headers.
    ///
    /// # Errors
    ///
    /// The HTTP status with which the broker refused.
    ///
    /// # Panics
    ///
    /// If the broker does not answer.
    pub async fn connect(
        pulsar: &Pulsar,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let url = format!("{}/ws/v2/{path}", pulsar.url());
        let mut request = url.as_str().into_client_request().expect("a URL");
        for (name, value) in headers {
            request.headers_mut().insert(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).expect("a header's value"),
            );
        }
        let address = pulsar.admin().address();
        let stream = TcpStream::connect(address).await.expect("a broker");
        stream.set_nodelay(true).expect("an option of a socket");
        match client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{url}: {error}"),
        }
    }

    /// Queues a frame. It is sent with the next [`flush`](Self::flush) at the latest.
    ///
    /// # Panics
    ///
    /// If the connection breaks.
    pub async fn feed(&mut self, frame: &Value) {
        let frame = Message::text(frame.to_string());
        self.0.feed(frame).await.expect("a connection that lasts");
    }

    /// Sends the queued frames.
    ///
    /// # Panics
    ///
    /// If the connection breaks.
    pub async fn flush(&mut self) {
        self.0.flush().await.expect("a connection that lasts");
    }

    /// Waits for the next frame.
    ///
    /// # Panics
    ///
    /// If the connection breaks, or the frame is not JSON.
    pub async fn next(&mut self) -> Value {
        loop {
            let message = self.0.next().await.expect("a connection that is open");
            match message.expect("a connection that lasts") {
                Message::Text(text) => break serde_json::from_str(&text).expect("a frame of JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("not a frame of JSON: {other:?}"),
            }
        }
    }
}
