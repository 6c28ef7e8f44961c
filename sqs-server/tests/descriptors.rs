//! A server whose process has no descriptor left. It is a process of its own, as the limit applies
//! to the process.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sqs_server::{Options, Server};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Counts how often the server reports that it cannot accept.
struct Refusals(Arc<AtomicUsize>);

impl Subscriber for Refusals {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqs_server::serving"
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_descriptors_waits_and_then_accepts() {
    let refusals = Arc::<AtomicUsize>::default();
    tracing::subscriber::set_global_default(Refusals(Arc::clone(&refusals))).unwrap();
    let server = Server::start(Options::default()).await.unwrap();
    let address = server
        .endpoint()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(64),
            ..getrlimit(Resource::Nofile)
        },
    )
    .unwrap();
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    // One for the client, and none for the server.
    taken.pop();
    let began = Instant::now();
    let mut client = TcpStream::connect(address).unwrap();
    while refusals.load(Ordering::SeqCst) < 4 {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    // It paused for 50, 100 and 200 ms between them.
    assert!(
        began.elapsed() >= Duration::from_millis(350),
        "{:?}",
        began.elapsed()
    );
    drop(taken);
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}
