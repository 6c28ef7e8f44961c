//! The output for refusals, quarantine and dead letters.

use crate::{
    process::{LIMIT, Lines, Relay, command},
    pushing::{TOKEN, config_of, config_without_reachable_target, send},
};
use std::{io::Read, net::SocketAddr};

#[test]
fn refusals_are_told_on_standard_error_and_hold_no_token() {
    let (mut relay, url) = Relay::start(&["--json"]);
    let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
    let answer = exchange(
        address,
        "PUT /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    assert!(
        answer.contains(r#"{"error":"method_not_allowed""#),
        "{answer}"
    );
    let answer = exchange(
        address,
        "GET /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let told = relay.stderr.until(|line| line.contains("missing_header"));
    assert!(
        told.iter().any(|line| line.contains("method_not_allowed")),
        "{told:#?}"
    );
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    let told = relay.stderr.rest();
    for counter in [
        "received source=hub: 1",
        "rejected source=hub reason=method_not_allowed: 1",
        "url_checks_refused source=hub reason=missing_header: 1",
    ] {
        let counted = format!("counted {counter}");
        assert!(told.contains(&counted), "{counted} in {told:#?}");
    }
    let printed = relay.stdout().rest();
    assert!(printed.is_empty(), "{printed:#?}");
}

fn exchange(address: SocketAddr, request: &str) -> String {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_path_without_a_source_is_told() {
    let (mut relay, url) = Relay::start(&["--json"]);
    let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
    for method in ["GET", "POST"] {
        let request = format!("{method} /hup HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = exchange(address, &request);
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        let told = relay.stderr.until(|line| line.contains("no source has"));
        assert!(told.last().unwrap().contains("/hup"), "{told:#?}");
    }
}

#[test]
fn a_repeat_that_is_dropped_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_of(directory.path(), "");
    let (mut relay, url) = Relay::start(&["--json", "--config", &config]);
    let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        .to_string();
    let signature = thingrelay_core::signature::sign(TOKEN, &now, "nonce");
    let request = format!(
        "POST /meters HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTimestamp: {now}\r\n\
         Nonce: nonce\r\nSignature: {signature}\r\nContent-Length: 2\r\n\r\n17"
    );
    for _ in 0..3 {
        let answer = exchange(address, &request);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    relay
        .stderr
        .until(|line| line.contains("repeats dropped") && line.contains("in_all=2"));
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    let told = relay.stderr.rest();
    let balance = "balance accepted 3 = duplicates 2 + forwarded 1";
    assert!(
        told.iter().any(|line| line.starts_with(balance)),
        "{told:#?}"
    );
}

#[test]
fn dead_letters_are_told() {
    let arguments = ["--json", "--listen", "127.0.0.1:0"];
    let mut child = command(&arguments).spawn().unwrap();
    let mut relay = Relay {
        stdout: child.stdout.take().map(Lines::read),
        stderr: Lines::read(child.stderr.take().unwrap()),
        starting: Vec::new(),
        child,
    };
    let told = relay.stderr.until(|line| line.starts_with("sqs http://"));
    let queues = told.last().unwrap().strip_prefix("sqs http://").unwrap();
    let body = format!(
        r#"{{"QueueUrl": "http://{queues}/000000000000/dead-letter.fifo", "MessageBody": "a killer", "MessageGroupId": "g", "MessageDeduplicationId": "1"}}"#
    );
    let answer = exchange(
        queues.parse().unwrap(),
        &format!(
            "POST / HTTP/1.1\r\nHost: {queues}\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let told = relay.stderr.until(|line| line.contains("dead letters"));
    assert!(
        told.last().unwrap().contains("dead-letter.fifo"),
        "{told:#?}"
    );
}

#[test]
fn quarantine_is_told_with_its_reason() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_without_reachable_target(directory.path());
    let (mut relay, url) = Relay::start(&["--json", "--config", &config]);
    send(&format!("{url}/meters"), TOKEN, &["--template", "no JSON"]);
    let told = relay.stderr.until(|line| line.contains("quarantined"));
    assert!(told.last().unwrap().contains("not_json"), "{told:#?}");
}

#[test]
fn a_target_that_is_away_is_told_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_without_reachable_target(directory.path());
    let (mut relay, url) = Relay::start(&["--json", "--config", &config]);
    send(&format!("{url}/meters"), TOKEN, &[]);
    let told = relay
        .stderr
        .until(|line| line.contains("target_unavailable"));
    assert!(
        told.last().unwrap().contains("target events: "),
        "{told:#?}"
    );
}

#[test]
fn a_start_has_at_most_ten_lines() {
    let pushed = |name: &str| {
        let token = name.to_owned() + &TOKEN[1..];
        format!("[sources.{name}]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{token}\"]\n")
    };
    // Nothing listens there.
    let pulled = |name: &str| {
        format!(
            "[sources.{name}]\nplatform = \"tuya\"\naccess_id = \"{name}\"\naccess_key = \"madeupaccesskey0000000000001\"\nurl = \"ws://127.0.0.1:1\"\n"
        )
    };
    let webhook = "[targets.crm]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\nallow_http = true\n\
        allow_networks = [\"127.0.0.0/8\"]\nsigning_secrets = [\"whsec_Zk8yQ3JXb1B0N2xMd0E5eEhnVnNKZDRLYk11VXoxRmU=\"]\n";
    // The source meters comes last.
    let cases: [(Vec<String>, usize); 3] = [
        (vec![pushed("a"), pulled("b"), pulled("c")], 0),
        (["a", "b", "c", "d", "e"].map(pushed).to_vec(), 0),
        (["a", "b", "c", "d", "e"].map(pulled).to_vec(), 4),
    ];
    for (sources, left_out) in cases {
        let directory = tempfile::tempdir().unwrap();
        let path = config_of(directory.path(), &(sources.concat() + webhook));
        let (mut relay, _) = Relay::start(&["--config", &path, "--page", "127.0.0.1:0"]);
        let lines = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
        assert!(lines.len() <= 10, "{lines:#?}");
        let more = format!("and {left_out} more sources, on the page");
        let is_told = lines.iter().any(|line| line.contains(&more));
        assert_eq!(is_told, left_out > 0, "{lines:#?}");
        relay.terminate();
        relay.ended();
    }
}
