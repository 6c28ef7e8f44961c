//! The receiver of a webhook: it checks each request, and takes it or not.

use std::future::pending;
use std::io;
use std::time::Duration;

use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::io::DuplexStream;
use tokio::time::sleep;
use webhook::MemoryNetwork;

use crate::documents::RECEIVERS_SECRET;
use crate::fault::{Fault, Party};
use crate::planted::Planted;
use crate::record::Taken;
use crate::world::World;

/// The receiver of the webhook with this queue, which any number of instances connect to.
#[derive(Clone)]
pub(crate) struct Receivers {
    pub(crate) world: World,
    pub(crate) queue: String,
}

/// The connection breaks, and the request has no answer.
#[derive(Debug, thiserror::Error)]
#[error("as told")]
struct Reset;

/// An event, as a request has it.
struct Posted {
    id: String,
    body: String,
}

impl MemoryNetwork for Receivers {
    fn connect(&self, _: &Uri) -> BoxFuture<'static, io::Result<DuplexStream>> {
        Box::pin(self.clone().accept())
    }
}

impl Receivers {
    async fn accept(self) -> io::Result<DuplexStream> {
        let (fault, mut chance) = self
            .world
            .fault(Party::Receiver, "receiver.connect", |fault| {
                matches!(fault, Fault::LostBefore | Fault::HangBefore)
            });
        sleep(Duration::from_millis(chance.rng.u64(1..50))).await;
        match fault {
            Some(Fault::LostBefore) => return Err(io::ErrorKind::ConnectionRefused.into()),
            Some(Fault::HangBefore) => pending().await,
            _ => {}
        }
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(async move {
            let service = service_fn(|request| self.answer(request));
            let server = hyper::server::conn::http1::Builder::new();
            let _ = server.serve_connection(TokioIo::new(theirs), service).await;
        });
        Ok(ours)
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Reset> {
        let posted = self.read(request).await.map_err(|_| Reset)?;
        let (fault, mut chance) = self.world.fault(Party::Receiver, "receiver.post", |_| true);
        sleep(Duration::from_millis(chance.rng.u64(1..50))).await;
        let mut retry_after = None;
        let status = match fault {
            None => chance.of(&[200, 200, 202, 204]),
            Some(Fault::Slow) => {
                sleep(Duration::from_millis(chance.rng.u64(1..9_000))).await;
                200
            }
            Some(Fault::LostAfter) => {
                self.take(&posted);
                return Err(Reset);
            }
            Some(Fault::HangAfter) => {
                self.take(&posted);
                return pending().await;
            }
            Some(Fault::HangBefore) => return pending().await,
            Some(Fault::Late) => {
                let late = Duration::from_millis(chance.rng.u64(10_000..40_000));
                let receiver = self.clone();
                // It is on its way, whatever becomes of its sender.
                tokio::spawn(async move {
                    sleep(late).await;
                    receiver.take(&posted);
                });
                return pending().await;
            }
            Some(Fault::Throttled) => {
                retry_after = Some(chance.rng.u32(0..120)).filter(|_| chance.rng.bool());
                429
            }
            Some(Fault::Refused) => {
                let refusal = (self.queue.clone(), posted.id.clone());
                self.world.record().refusals.insert(refusal);
                chance.of(&[400, 404, 410, 422])
            }
            Some(Fault::Failed) => chance.of(&[500, 502, 503, 504]),
            Some(_) => return Err(Reset),
        };
        if status < 300 {
            self.take(&posted);
        }
        let told = match self.world.planted() {
            Some(Planted::WebhookFailuresAreDone) if status >= 500 => 200,
            _ => status,
        };
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::from_u16(told).unwrap_or_default();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        Ok(response)
    }

    /// Reads a request and checks it.
    async fn read(&self, request: Request<Incoming>) -> Result<Posted, hyper::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let header = |name: &str| {
            let value = head.headers.get(name).map(|value| value.to_str());
            value.and_then(Result::ok).unwrap_or_default()
        };
        let id = header("webhook-id");
        let is_signed = is_signed(
            id,
            header("webhook-timestamp"),
            header("webhook-signature"),
            &body,
        );
        let event: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !is_signed || event["id"] != id {
            let problem =
                format!("signature: the request of {id} is not signed, or has another id");
            self.world.record().problems.push(problem);
        }
        Ok(Posted {
            id: id.to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    fn take(&self, posted: &Posted) {
        let now = self.world.now();
        let mut record = self.world.record();
        record.note(now, || format!("the receiver takes {}", posted.id));
        record
            .taken
            .entry(self.queue.clone())
            .or_default()
            .push(Taken {
                id: posted.id.clone(),
                body: posted.body.clone(),
            });
    }
}

/// Whether one of the signatures is made with the receiver's secret.
fn is_signed(id: &str, timestamp: &str, signatures: &str, body: &[u8]) -> bool {
    let (Ok(webhook), Ok(timestamp)) = (Webhook::new(RECEIVERS_SECRET), timestamp.parse()) else {
        return false;
    };
    let expected = webhook.sign(id, timestamp, body);
    expected.is_ok_and(|expected| signatures.split(' ').any(|it| it == expected))
}
