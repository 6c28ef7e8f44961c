//! Webhooks of a run: what the terminal shows, and what is sent.

use crate::{
    process::{Relay, command},
    pushing::{TOKEN, config_of, send},
};
use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

const SECRET: &str = "whsec_Zk8yQ3JXb1B0N2xMd0E5eEhnVnNKZDRLYk11VXoxRmU=";

fn target(receiver: SocketAddr) -> String {
    format!(
        "[targets.crm]\ntype = \"webhook\"\nurl = \"http://{receiver}/\"\nallow_http = true\n\
         allow_networks = [\"127.0.0.0/8\"]\nsigning_secrets = [\"{SECRET}\"]\n"
    )
}

/// Answers the requests of a connection with these statuses, and further ones with the last.
fn answer(stream: TcpStream, statuses: &[u16]) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    for index in 0.. {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let status = statuses.get(index).or(statuses.last()).unwrap();
        let head = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
        writer.write_all(head.as_bytes()).unwrap();
    }
}

#[test]
fn the_terminal_shows_each_attempt_with_status_and_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        answer(stream, &[503, 204, 404]);
    });
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), &target(address));
    let (mut relay, url) = Relay::start(&["--config", &config]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let sent = format!("Events are sent to the webhook http://{address}.");
    assert!(guide[1].contains(&sent), "{guide:#?}");
    send(&format!("{url}/meters"), TOKEN, &[]);
    for words in ["answered 503, comes again in ", "answered 204 in "] {
        let lines = relay.stdout().until(|line| line.contains("-> crm"));
        let line = lines.last().unwrap();
        assert!(line.contains(words) && line.ends_with(" ms"), "{lines:#?}");
    }
    send(&format!("{url}/meters"), TOKEN, &[]);
    let lines = relay
        .stdout()
        .until(|line| line.contains("is a dead letter (refused)"));
    assert!(
        lines
            .iter()
            .any(|line| line.contains("answered 404, refused for good in ")),
        "{lines:#?}"
    );
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
}

#[test]
fn local_targets_send_nothing_to_a_webhook() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), &target(listener.local_addr().unwrap()));
    let (mut relay, url) = Relay::spawn(&mut command(&[
        "--json",
        "--config",
        &config,
        "--local-targets",
    ]));
    send(&format!("{url}/meters"), TOKEN, &[]);
    relay.stdout().until(|_| true);
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
