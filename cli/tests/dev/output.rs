//! Standard output and standard error without a reader, or blocked.

use crate::{
    process::{Lines, Relay, command},
    pushing::{TOKEN, config_of, send},
};
use std::{
    fs::OpenOptions,
    io::{BufRead, BufReader, Read, Write, pipe},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// More than a drain and the wait for a reader take, and less than the limit of the process.
const ENDS_WITHIN: Duration = Duration::from_secs(25);

fn count(lines: &[String], of: &str) -> usize {
    let found = lines.iter().find_map(|line| line.strip_prefix(of));
    let number = found.unwrap_or_else(|| panic!("no {of:?} in {lines:#?}"));
    let digits = number.split(';').next().unwrap();
    digits.parse().unwrap()
}

#[test]
fn events_that_nothing_reads_are_counted_and_the_status_tells() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), "");
    let (reader, writer) = pipe().unwrap();
    let mut command = command(&["--json", "--config", &config]);
    let (mut relay, url) = Relay::spawn(command.stdout(writer));
    drop(command);
    send(&format!("{url}/meters"), TOKEN, &["--count", "300"]);
    let asked = Instant::now();
    relay.terminate();
    assert_eq!(relay.ended(), Some(1));
    assert!(asked.elapsed() < ENDS_WITHIN, "{:?}", asked.elapsed());
    let told = relay.stderr.rest();
    let read = BufReader::new(reader).lines().map_while(Result::ok).count();
    let unwritten = count(&told, "lines not written to standard output: ");
    assert_eq!(read + unwritten, 300, "{told:#?}");
}

#[test]
fn a_full_disk_under_standard_output_is_told_and_the_status_tells() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(&[]);
    let (mut relay, _) = Relay::spawn(command.stdout(full));
    let failing = |line: &str| line.contains("standard output") && line.contains("No space left");
    // The output at the start already fails, before or after the endpoint serves.
    if !relay.starting.iter().any(|line| failing(line)) {
        relay.stderr.until(failing);
    }
    relay.terminate();
    assert_eq!(relay.ended(), Some(1));
    let told = relay.stderr.rest();
    assert_eq!(count(&told, "lines not written to standard output: "), 1);
}

/// This happens if the pipe is shared with a program that makes its pipes non-blocking.
#[test]
fn a_pipe_that_takes_nothing_for_now_loses_no_event() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), "");
    let (reader, writer) = pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let mut command = command(&["--json", "--config", &config]);
    let (mut relay, url) = Relay::spawn(command.stdout(writer));
    drop(command);
    send(&format!("{url}/meters"), TOKEN, &["--count", "300"]);
    let mut events = Lines::read(reader);
    for _ in 0..300 {
        events.until(|_| true);
    }
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
}

#[test]
fn a_standard_error_that_nothing_reads_holds_nothing_up() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), "");
    // The address is not printed anywhere, so the test chooses it.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let listen = address.to_string();
    let mut child = command(&["--json", "--config", &config, "--listen", &listen])
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let mut relay = Relay {
        stdout: child.stdout.take().map(Lines::read),
        stderr: Lines::read(std::io::empty()),
        starting: Vec::new(),
        child,
    };
    let mut stream = connected(address);
    // Each request causes a log line; a pipe holds about 600 of them.
    for _ in 0..3000 {
        stream
            .write_all(b"GET /meters HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let answer = answer(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    send(
        &format!("http://{address}/meters"),
        TOKEN,
        &["--count", "3"],
    );
    for _ in 0..3 {
        relay.stdout().until(|_| true);
    }
    let asked = Instant::now();
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    assert!(asked.elapsed() < ENDS_WITHIN, "{:?}", asked.elapsed());
    let mut told = String::new();
    stderr.read_to_string(&mut told).unwrap();
    assert!(told.contains("missing_header"), "{told}");
}

fn connected(address: SocketAddr) -> TcpStream {
    let deadline = Instant::now() + ENDS_WITHIN;
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The head and the body of one answer on a connection that stays open.
fn answer(stream: &mut TcpStream) -> String {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head
}
