//! A queue that accepts everything and remembers its messages in the order of their arrival. It
//! takes almost no time of the machine compared with the function under test.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use thingrelay_tests::queue::Received;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// The queue; dropping it stops the server.
pub(crate) struct Sink {
    address: SocketAddr,
    sent: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sent = Arc::default();
        let task = tokio::spawn(serve(listener, Arc::clone(&sent)));
        Sink {
            address,
            sent,
            task,
        }
    }

    /// The URL of the queue.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/000000000000/sink.fifo", self.address)
    }

    /// The number of messages that were sent.
    pub(crate) fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    /// Takes all messages that were sent so far.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, sent: Arc<Mutex<Vec<Received>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let sent = Arc::clone(&sent);
        connections.spawn(async move {
            let service = service_fn(|request| answer(&sent, request));
            let connection = hyper::server::conn::http1::Builder::new();
            // A function that ends closes its connection.
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>.
async fn answer(
    sent: &Mutex<Vec<Received>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    let entries = call["Entries"].as_array().map_or(&[][..], Vec::as_slice);
    let word = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    sent.lock()
        .unwrap()
        .extend(entries.iter().map(|entry| Received {
            body: word(entry, "MessageBody"),
            group: word(entry, "MessageGroupId"),
            deduplication_id: word(entry, "MessageDeduplicationId"),
        }));
    let successful = entries
        .iter()
        .map(|entry| json!({"Id": entry["Id"], "MessageId": entry["Id"], "MD5OfMessageBody": ""}));
    let answer = json!({"Successful": successful.collect::<Value>(), "Failed": []});
    let mut answer = Response::new(Full::new(Bytes::from(answer.to_string())));
    let kind = hyper::header::HeaderValue::from_static("application/x-amz-json-1.0");
    answer
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, kind);
    Ok(answer)
}
