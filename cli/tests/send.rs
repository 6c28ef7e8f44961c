//! `thingrelay send` against correct and faulty endpoints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub
)]

mod endpoint;

use endpoint::{
    Endpoint, Received, Reply, TOKEN, command, everything, refuse, respond, right, stdout,
    thingrelay,
};
use std::{
    collections::{BTreeMap, HashSet},
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use thingrelay_tests::searched::{Searched, keep, kept};

/// The running numbers of each device, in the order of their arrival.
fn numbers(received: &[Received]) -> BTreeMap<String, Vec<u64>> {
    let mut numbers: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for request in received {
        let body = request.json();
        numbers
            .entry(body["devicename"].as_str().unwrap().to_owned())
            .or_default()
            .push(body["payload"]["params"]["n"].as_u64().unwrap());
    }
    numbers
}

#[test]
fn messages_are_signed_distinct_and_in_order_for_each_device() {
    let endpoint = Endpoint::start(right);
    let args = [
        "--token",
        TOKEN,
        "--count",
        "500",
        "--devices",
        "7",
        "--concurrency",
        "5",
    ];
    let output = thingrelay(&[&["send", "tencent", &endpoint.url], &args[..]].concat());

    assert!(output.status.success(), "{}", everything(&output));
    let summary = stdout(&output);
    assert!(
        summary.starts_with("sent      500 messages of 7 devices in "),
        "{summary}"
    );
    for line in [
        "accepted  500\n",
        "refused   0\n",
        "retried   0\n",
        "dropped   0\n",
    ] {
        assert!(summary.contains(line), "{summary}");
    }
    assert!(summary.contains("latency   p50 "), "{summary}");
    let received = endpoint.received();
    assert_eq!(received.len(), 500);
    let seqs: HashSet<u64> = received
        .iter()
        .map(|r| r.json()["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs.len(), 500);
    let nonces: HashSet<&str> = received
        .iter()
        .map(|request| request.header("nonce"))
        .collect();
    assert_eq!(nonces.len(), 500);
    let numbers = numbers(&received);
    assert_eq!(numbers.len(), 7);
    for (device, numbers) in numbers {
        let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
        assert_eq!(numbers, expected, "{device}");
        assert!(numbers.len() >= 71);
    }
    for request in &received {
        assert_eq!(request.method, "POST");
        assert_eq!(request.target, "/meters");
        assert_eq!(request.header("user-agent"), "Go-http-client/1.1");
        assert_eq!(request.header("content-type"), "application/json");
    }
}

#[test]
fn a_refused_message_is_sent_again_before_its_device_s_next_one() {
    let refusals = AtomicU32::new(0);
    let endpoint = Endpoint::start(move |request| {
        let body = request.json();
        let is_second = body["payload"]["params"]["n"] == 2 && body["devicename"] == "device-0001";
        if is_second && refusals.fetch_add(1, Ordering::SeqCst) == 0 {
            return refuse(503, "staging_unavailable");
        }
        right(request)
    });
    let args = [
        "--token",
        TOKEN,
        "--count",
        "8",
        "--devices",
        "2",
        "--concurrency",
        "1",
    ];
    let output = thingrelay(&[&["send", "tencent", &endpoint.url], &args[..]].concat());

    assert!(output.status.success(), "{}", everything(&output));
    let summary = stdout(&output);
    for line in [
        "accepted  8\n",
        "refused   staging_unavailable 1\n",
        "retried   1\n",
    ] {
        assert!(summary.contains(line), "{summary}");
    }
    let received = endpoint.received();
    let numbers = numbers(&received);
    assert_eq!(numbers["device-0001"], [1, 2, 2, 3, 4]);
    assert_eq!(numbers["device-0002"], [1, 2, 3, 4]);
    let of_first: Vec<&Received> = received
        .iter()
        .filter(|r| r.json()["devicename"] == "device-0001")
        .collect();
    assert_eq!(
        of_first[1].body, of_first[2].body,
        "a retry is the same message"
    );
    let order: Vec<bool> = received
        .iter()
        .map(|r| r.json()["devicename"] == "device-0001")
        .collect();
    let expected = [true, false, true, false, false, false, true, true, true];
    assert_eq!(
        order, expected,
        "the other device does not wait for the retry"
    );
}

#[test]
fn what_is_never_accepted_is_dropped_and_counted_by_its_word() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/meters", listener.local_addr().unwrap())
    };
    let changed = |request: &Received| {
        let echo = request.header("echostr").to_owned() + "\n";
        Reply::Raw(respond(200, "text/plain", &echo))
    };
    let cases: Vec<(String, &[&str], &str)> = vec![
        (
            Endpoint::start(|_| refuse(401, "stale")).url,
            &[],
            "stale 3",
        ),
        (
            Endpoint::start(|_| refuse(404, "Not Found!")).url,
            &[],
            "http_404 3",
        ),
        (
            Endpoint::start(|_| Reply::Raw(respond(201, "text/plain", ""))).url,
            &[],
            "http_201 3",
        ),
        (
            Endpoint::start(|_| Reply::HangUp).url,
            &[],
            "connection_lost 3",
        ),
        (
            Endpoint::start(|_| Reply::Raw(b"Hello\r\n\r\n".to_vec())).url,
            &[],
            "not_http 3",
        ),
        (
            Endpoint::start(|_| Reply::Silence).url,
            &["--timeout", "0.1"],
            "timeout 3",
        ),
        (
            Endpoint::start(changed).url,
            &["--get"],
            "echostr_changed 3",
        ),
        (
            Endpoint::start(|_| refuse(401, "bad_signature")).url,
            &["--get"],
            "bad_signature 3",
        ),
        (nobody, &[], "connection_refused 3"),
    ];
    for (url, more, expected) in cases {
        let args = ["--token", TOKEN, "--count", "3", "--no-retry"];
        let output = thingrelay(&[&["send", "tencent", &url], &args[..], more].concat());
        assert_eq!(output.status.code(), Some(1), "{expected}");
        let summary = stdout(&output);
        for line in [
            &format!("refused   {expected}\n"),
            "accepted  0\n",
            "dropped   3\n",
        ] {
            assert!(summary.contains(line), "{expected}: {summary}");
        }
    }
}

#[test]
fn url_checks_are_sent_in_both_families() {
    for (family, header) in [("plain", "signature"), ("x-tc", "x-tc-signature")] {
        let endpoint = Endpoint::start(right);
        let args = [
            "--token",
            TOKEN,
            "--get",
            "--count",
            "3",
            "--header-family",
            family,
        ];
        let output = thingrelay(&[&["send", "tencent", &endpoint.url], &args[..]].concat());
        assert!(output.status.success(), "{}", everything(&output));
        let received = endpoint.received();
        assert_eq!(received.len(), 3);
        for request in received {
            assert_eq!(request.method, "GET");
            assert!(!request.header(header).is_empty());
            assert_eq!(request.header("echostr").len(), 16);
            assert_eq!(request.header("content-type"), "application/json");
        }
    }
}

#[test]
fn every_kind_is_accepted_and_custom_push_is_signed_in_prefixed_headers() {
    let kinds = [
        "report",
        "status",
        "event",
        "action",
        "info",
        "firmware",
        "gateway",
        "custom-push",
        "binary",
        "queue",
        "custom",
    ];
    for kind in kinds {
        let endpoint = Endpoint::start(right);
        let args = [
            "--token",
            TOKEN,
            "--kind",
            kind,
            "--count",
            "2",
            "--product",
            "PR0DUCT",
        ];
        let output = thingrelay(&[&["send", "tencent", &endpoint.url], &args[..]].concat());
        assert!(output.status.success(), "{kind}: {}", everything(&output));
        let received = endpoint.received();
        assert_eq!(received.len(), 2);
        for request in received {
            assert!(request.json().to_string().contains("PR0DUCT"), "{kind}");
            let is_prefixed = request.headers.contains_key("x-tc-signature");
            assert_eq!(is_prefixed, kind == "custom-push", "{kind}");
        }
    }
}

#[test]
fn templates_come_from_the_command_line_a_file_or_standard_input() {
    let template = r#"{"d":"{device}","n":{n},"p":"{product}","other":{"x":1}}"#;
    let expected = r#"{"d":"device-0001","n":1,"p":"THINGRELAY","other":{"x":1}}"#;
    let directory = std::env::temp_dir().join(format!("thingrelay-send-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("template.json");
    std::fs::write(&file, template).unwrap();
    let ways: [[&str; 2]; 3] = [
        ["--template", template],
        ["--file", file.to_str().unwrap()],
        ["--file", "-"],
    ];
    for way in ways {
        let endpoint = Endpoint::start(right);
        let mut child = command()
            .args(["send", "tencent", &endpoint.url, "--token", TOKEN])
            .args(way)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its standard input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(template.as_bytes());
        let output = kept(child.wait_with_output().unwrap());
        assert!(output.status.success(), "{way:?}");
        let received = endpoint.received();
        assert_eq!(received.len(), 1);
        assert_eq!(
            String::from_utf8_lossy(&received[0].body),
            expected,
            "{way:?}"
        );
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_seed_makes_runs_the_same_whatever_the_concurrency() {
    let mut runs = Vec::new();
    for concurrency in ["1", "8"] {
        let endpoint = Endpoint::start(right);
        let args = [
            "--token",
            TOKEN,
            "--count",
            "40",
            "--devices",
            "8",
            "--seed",
            "7",
        ];
        let more = [
            "--template",
            "{device} {n} {seq} {random}",
            "--concurrency",
            concurrency,
        ];
        let output = thingrelay(&[&["send", "tencent", &endpoint.url], &args[..], &more].concat());
        assert!(output.status.success(), "{}", everything(&output));
        let mut bodies: Vec<Vec<u8>> = endpoint.received().into_iter().map(|r| r.body).collect();
        bodies.sort();
        runs.push(bodies);
    }
    assert_eq!(runs[0].len(), 40);
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn a_server_that_ends_idle_connections_loses_nothing() {
    let endpoint = Endpoint::start(|request| match right(request) {
        Reply::Raw(bytes) => Reply::Last(bytes),
        other => other,
    });
    let args = [
        "--token",
        TOKEN,
        "--count",
        "100",
        "--devices",
        "3",
        "--no-retry",
    ];
    let output = thingrelay(&[&["send", "tencent", &endpoint.url], &args[..]].concat());
    assert!(output.status.success(), "{}", everything(&output));
}

#[test]
fn the_token_comes_from_the_environment_too_and_is_never_shown() {
    let endpoint = Endpoint::start(right);
    let output = command()
        .args(["send", "tencent", &endpoint.url])
        .env("THINGRELAY_TOKEN", TOKEN)
        .searched()
        .unwrap();
    assert!(output.status.success(), "{}", everything(&output));

    let wrong: [&[&str]; 5] = [
        &["send", "tencent", "nonsense", "--token", TOKEN],
        &[
            "send",
            "tencent",
            &endpoint.url,
            "--token",
            TOKEN,
            "--rate",
            "fast",
        ],
        &[
            "send",
            "tencent",
            &endpoint.url,
            "--token",
            TOKEN,
            "--kind",
            "nothing",
        ],
        &["check", "url", "ftp://push.example.org", "--token", TOKEN],
        &["send", "tencent", "--help"],
    ];
    for args in wrong {
        let output = command()
            .args(args)
            .env("THINGRELAY_TOKEN", TOKEN)
            .searched()
            .unwrap();
        let shown = everything(&output);
        assert!(!shown.contains(TOKEN), "{args:?}: {shown}");
        assert!(!shown.is_empty());
    }
    let output = thingrelay(&["send", "tencent", &endpoint.url]);
    assert_eq!(output.status.code(), Some(2), "without a token");
}

fn tell(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args([signal, &pid]).status();
    assert!(status.unwrap().success());
}

fn ended(mut child: Child) -> (String, Option<i32>) {
    let mut summary = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut summary).unwrap();
    keep(summary.as_bytes());
    (summary, child.wait().unwrap().code())
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

fn sending(url: &str, arguments: &[&str]) -> Child {
    let mut send = command();
    send.args(["send", "tencent", url, "--token", TOKEN])
        .args(arguments);
    let send = send.stdout(Stdio::piped()).stderr(Stdio::piped());
    send.spawn().unwrap()
}

#[test]
fn a_signal_ends_the_run_with_its_summary() {
    for signal in ["-INT", "-TERM"] {
        let endpoint = Endpoint::start(right);
        let child = sending(&endpoint.url, &["--count", "9", "--rate", "1/m"]);
        until("the first message leaves at once", || {
            !endpoint.received().is_empty()
        });
        let started = Instant::now();
        tell(&child, signal);
        let (summary, code) = ended(child);
        assert_eq!(code, Some(1), "{signal}: {summary}");
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it does not wait for the rate"
        );
        for line in [
            "sent      1 message of 1 device",
            "accepted  1\n",
            "unsent    8\n",
        ] {
            assert!(summary.contains(line), "{signal}: {summary}");
        }
    }
}

#[test]
fn a_second_signal_waits_for_no_answer() {
    let cases = [
        (["-INT", "-INT"], "A second Ctrl-C ends the run at once"),
        (["-TERM", "-INT"], "A second SIGTERM ends the run at once"),
        (["-TERM", "-TERM"], "A second SIGTERM ends the run at once"),
    ];
    for (signals, words) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/meters", listener.local_addr().unwrap());
        let mut child = sending(&url, &["--count", "9", "--timeout", "600"]);
        let (mut connection, _) = listener.accept().unwrap();
        assert!(connection.read(&mut [0; 1]).unwrap() > 0);
        tell(&child, signals[0]);
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        assert!(line.contains(words), "{line}");
        tell(&child, signals[1]);
        let (summary, code) = ended(child);
        assert_eq!(code, Some(1), "{signals:?}: {summary}");
        for line in [
            "sent      1 message of 1 device",
            "accepted  0\n",
            "unanswered 1\n",
            "unsent    8\n",
        ] {
            assert!(summary.contains(line), "{signals:?}: {summary}");
        }
    }
}

#[test]
fn a_signal_while_standard_input_is_read_ends_the_run_with_its_summary() {
    for signal in ["-INT", "-TERM"] {
        let mut send = command();
        let arguments = [
            "send",
            "tencent",
            "http://127.0.0.1:1/meters",
            "--token",
            TOKEN,
        ];
        send.args(arguments).args(["--file", "-", "--count", "9"]);
        let send = send.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = send.spawn().unwrap();
        // This is more than a pipe holds: once all of it is written, the command is reading.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&[b' '; 1024 * 1024]).unwrap();
        tell(&child, signal);
        let (summary, code) = ended(child);
        assert_eq!(code, Some(1), "{signal}: {summary}");
        for line in ["sent      0 messages of 1 device", "unsent    9\n"] {
            assert!(summary.contains(line), "{signal}: {summary}");
        }
        drop(stdin);
    }
}
