//! Receives events of a webhook: those with a valid signature, and each event once.
//!
//! ```sh
//! SIGNING_SECRET=whsec_... webhook-receiver 127.0.0.1:8080
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use standardwebhooks::Webhook;
use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

struct Receiver {
    webhook: Webhook,
    /// The ids of events that were handled. A set forgets them when the process ends: to act only once
    /// in all cases, write the id to your database in the transaction of `handle`.
    done: Mutex<HashSet<String>>,
}

impl Receiver {
    async fn answer(&self, request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let status = match self.webhook.verify(&body, &head.headers) {
            Ok(()) => self.receive(&body),
            Err(error) => {
                eprintln!("refused: {error}");
                StatusCode::UNAUTHORIZED
            }
        };
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        Ok(response)
    }

    fn receive(&self, body: &[u8]) -> StatusCode {
        let Ok(event) = serde_json::from_slice::<Value>(body) else {
            return StatusCode::BAD_REQUEST;
        };
        let id = event["id"].as_str().unwrap_or_default();
        let done = || self.done.lock().unwrap_or_else(PoisonError::into_inner);
        // A copy has the same id, and is answered like the first.
        if done().contains(id) {
            return StatusCode::NO_CONTENT;
        }
        match handle(&event) {
            Ok(()) => {
                done().insert(id.to_owned());
                StatusCode::NO_CONTENT
            }
            // thingrelay sends the event again. Until then it sends nothing more of this device, so order
            // needs no work here.
            Err(error) => {
                eprintln!("{id} comes again: {error}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

fn handle(event: &Value) -> Result<(), Box<dyn Error>> {
    // A type or a member that is not known here may come with a newer release.
    if event["type"] == "io.thingrelay.device.properties.v1" {
        let reports = event["data"]["properties"].as_array().ok_or("no list")?;
        for report in reports {
            let (subject, time) = (&event["subject"], &report["time"]);
            println!("{subject} {time} {} {}", report["code"], report["value"]);
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = std::env::var("SIGNING_SECRET")?;
    let receiver = Arc::new(Receiver {
        webhook: Webhook::new(&secret)?,
        done: Mutex::default(),
    });
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8080")).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let receiver = Arc::clone(&receiver);
        tokio::spawn(async move {
            let service = service_fn(|request| receiver.answer(request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("a connection ended: {error}");
            }
        });
    }
}
