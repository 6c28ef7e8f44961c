//! How much memory clients can make the server use. It is a process of its own, so that its memory
//! is only the server's.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use sqs_server::{Options, Server};

/// The largest request.
const LARGEST: usize = 8 * 1024 * 1024;

/// The bound on bodies and what parsing them takes, and half as much for the allocator and the
/// connections. Without the bound, the requests would take five times as much.
const MOST_KILOBYTES: usize = (64 + 32) * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_of_the_largest_requests_stay_within_the_bound() {
    let server = Server::start(Options::default()).await.unwrap();
    let address = server
        .endpoint()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let start = r#"{"QueueUrl":"http://x/0/q","MessageBody":""#;
    let mut body = start.as_bytes().to_vec();
    body.resize(LARGEST - 2, b'x');
    body.extend_from_slice(b"\"}");
    let body: Arc<[u8]> = body.into();
    let before = kilobytes("VmRSS:");
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let (address, body) = (address.clone(), Arc::clone(&body));
            thread::spawn(move || ask(&address, &body))
        })
        .collect();
    for client in clients {
        let answer = client.join().unwrap();
        assert!(answer.contains("QueueDoesNotExist"), "{answer}");
    }
    let held = kilobytes("VmHWM:").saturating_sub(before);
    assert!(held < MOST_KILOBYTES, "{held} kB");
}

fn ask(address: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         X-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn kilobytes(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}
