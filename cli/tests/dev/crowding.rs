//! Unauthenticated clients: many clients, slow clients, and clients that send nothing.

use crate::{
    process::{LIMIT, Relay, command},
    pushing::{TOKEN, config_of, send},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    process::Command,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A process with a limit on its descriptors.
fn limited(descriptors: u32, arguments: &[&str]) -> Command {
    let program = command(arguments);
    let mut limited = Command::new("sh");
    let script = format!("ulimit -n {descriptors}; exec \"$@\"");
    limited.args(["-c", &script, "sh"]);
    limited
        .arg(program.get_program())
        .args(program.get_args())
        .env_remove("RUST_LOG")
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .process_group(0);
    limited
}

fn connect(url: &str) -> TcpStream {
    let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
    TcpStream::connect(address).unwrap()
}

#[test]
fn idle_connections_give_way_to_genuine_requests() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), "");
    let (mut relay, url) = Relay::spawn(&mut limited(64, &["--json", "--config", &config]));
    let mut idle: Vec<TcpStream> = Vec::new();
    for number in 0..80 {
        let mut stream = connect(&url);
        // Half of the clients have begun a request.
        if number % 2 == 0 {
            stream.write_all(b"POST /meters HTTP/1.1\r\nHo").unwrap();
        }
        idle.push(stream);
        if number % 20 == 19 {
            send(&format!("{url}/meters"), TOKEN, &["--count", "5"]);
        }
    }
    for _ in 0..20 {
        relay.stdout().until(|_| true);
    }
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    let told = relay.stderr.rest();
    assert!(
        told.contains(&"counted accepted source=meters: 20".to_owned()),
        "{told:#?}"
    );
}

#[test]
fn bodies_that_trickle_give_way_to_genuine_requests() {
    let directory = tempfile::tempdir().unwrap();
    let open = "[sources.open]\nplatform = \"tencent-iot-hub\"\nallow_unsigned = true\n";
    let config = config_of(directory.path(), open);
    let (mut relay, url) = Relay::spawn(&mut limited(64, &["--json", "--config", &config]));
    let late: Vec<_> = (0..20).map(|_| trickle(&url)).collect();
    let asked = Instant::now();
    for _ in 0..4 {
        send(&format!("{url}/meters"), TOKEN, &["--count", "5"]);
    }
    // The slow clients have 20 s.
    assert!(
        asked.elapsed() < Duration::from_secs(15),
        "{:?}",
        asked.elapsed()
    );
    for _ in 0..20 {
        relay.stdout().until(|_| true);
    }
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    let late = late.into_iter().map(|late| late.join().unwrap());
    assert!(late.filter(|answer| answer.contains(" 408 ")).count() > 0);
    let told = relay.stderr.rest();
    assert!(
        told.contains(&"counted accepted source=meters: 20".to_owned()),
        "{told:#?}"
    );
    let counted = told
        .iter()
        .any(|line| line.starts_with("counted rejected") && line.contains("body_timeout"));
    assert!(counted, "{told:#?}");
}

/// A client that sends a byte of its body now and then. Returns the answer.
fn trickle(url: &str) -> JoinHandle<String> {
    let mut stream = connect(url);
    stream
        .write_all(b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 700000\r\n\r\n")
        .unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut writing = stream.try_clone().unwrap();
    thread::spawn(move || {
        while writing.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    thread::spawn(move || {
        let mut answer = [0; 64];
        // A connection may end without an answer.
        let length = stream.read(&mut answer).unwrap_or_default();
        String::from_utf8_lossy(answer.get(..length).unwrap()).into_owned()
    })
}

#[test]
fn unsigned_requests_hold_no_memory() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), "");
    let (relay, url) = Relay::start(&["--json", "--config", &config]);
    let before = resident_kilobytes(relay.child.id());
    let mut streams: Vec<TcpStream> = Vec::new();
    for _ in 0..150 {
        let mut stream = connect(&url);
        stream
            .write_all(b"POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n")
            .unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 400");
        // The client sends as much as the server accepts.
        stream
            .set_write_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        for _ in 0..30 {
            if stream.write_all(&[b'x'; 100_000]).is_err() {
                break;
            }
        }
        streams.push(stream);
    }
    let held = resident_kilobytes(relay.child.id()).saturating_sub(before);
    assert!(held < 100_000, "{held} kB");
}

fn resident_kilobytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse().unwrap()
}
