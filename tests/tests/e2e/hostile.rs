//! Hostile senders: what a sender without a token, or with one captured triple of headers, can do.
//! docs/reliability.md has the table of attacks.

use std::time::Duration;

use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::within;
use thingrelay_tests::message::{PRODUCT, http_envelope, report};
use thingrelay_tests::platform::{Family, Platform, Triple, unix_now};
use thingrelay_tests::process::{Launch, Relay};
use thingrelay_tests::queue::Queues;
use thingrelay_tests::schema::Schemas;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(20);

/// Sends bytes, then closes this half of the connection. Returns the status of each answer.
async fn statuses(relay: &Relay, request: &[u8]) -> Vec<u16> {
    let talk = async {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        // The server may have closed the connection by then.
        let _ = stream.write_all(request).await;
        let _ = stream.shutdown().await;
        let mut answers = Vec::new();
        let _ = stream.read_to_end(&mut answers).await;
        String::from_utf8_lossy(&answers).into_owned()
    };
    let answers = within(LIMIT, "the end of the connection", talk).await;
    let statuses = answers.split("HTTP/1.1 ").skip(1);
    statuses
        .map(|answer| answer[..3].parse().unwrap())
        .collect()
}

/// Ends the process. Returns the names of the devices whose messages were forwarded.
async fn forwarded(mut relay: Relay, count: usize) -> Vec<String> {
    relay.events_until(count, LIMIT).await;
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert!(status.success(), "{status}");
    let name = |event: &Value| event["data"]["device"]["name"].as_str().map(str::to_owned);
    written.events().iter().filter_map(name).collect()
}

#[tokio::test]
async fn a_captured_triple_carries_its_body_once_and_another_body_too() {
    let config = Config::without_targets();
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let triple = Triple::now(METERS_TOKEN);
    let now = unix_now();
    let genuine = report("genuine", 1, now, 1);
    let other = report("other-body", 1, now, 1);
    for body in [&genuine, &genuine, &other] {
        let answer = platform.push_signed(&triple, body).await.unwrap();
        assert_eq!(answer.status, 200);
    }
    let mut devices = forwarded(relay, 2).await;
    devices.sort();
    assert_eq!(devices, ["genuine", "other-body"]);
}

#[tokio::test]
async fn a_bound_signature_carries_its_first_body_and_no_other() {
    let config = Config::of(&format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{METERS_TOKEN}\"]\nbind_signature = true\n"
    ));
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let triple = Triple::now(METERS_TOKEN);
    let now = unix_now();
    let bodies = [
        report("first", 1, now, 1),
        report("first", 1, now, 1),
        report("first", 2, now, 2),
        report("another-device", 1, now, 1),
        b"no json".to_vec(),
    ];
    for body in bodies {
        let answer = platform.push_signed(&triple, &body).await.unwrap();
        assert_eq!(answer.status, 200);
    }
    let answer = platform.push(&report("signed-anew", 1, now, 1)).await;
    assert_eq!(answer.unwrap().status, 200);
    // All are in one group, in the order of their arrival.
    assert_eq!(forwarded(relay, 2).await, ["first", "signed-anew"]);
}

#[tokio::test]
async fn a_request_that_two_servers_could_read_differently_smuggles_nothing() {
    let config = Config::without_targets();
    let relay = Launch::new().config(&config.file()).start().await;
    let body = String::from_utf8(report("smuggled", 1, unix_now(), 1)).unwrap();
    let length = body.len();
    // A second request, without a signature, where one of two servers sees the end of the first.
    let unsigned =
        format!("POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
    let signed = |head: &str, rest: &str| {
        let triple = Triple::now(METERS_TOKEN).headers(Family::Plain);
        format!("POST /meters HTTP/1.1\r\nHost: x\r\n{head}{triple}\r\n{rest}").into_bytes()
    };
    let unfinished = |head: &str| {
        let head = format!("Content-Length: {length}\r\n{head}");
        signed(&head, &body)
    };
    let triple = Triple::now(METERS_TOKEN);
    let folded = format!(
        "Content-Length: {length}\r\nTimestamp: {}\r\nNonce: {}\r\n {}\r\nSignature: {}\r\n",
        triple.timestamp,
        &triple.nonce[..8],
        &triple.nonce[8..],
        triple.signature
    );
    let folded = format!("POST /meters HTTP/1.1\r\nHost: x\r\n{folded}\r\n{body}").into_bytes();
    let cases: [(&str, Vec<u8>); 14] = [
        (
            "two lengths",
            unfinished(&format!("Content-Length: {}\r\n", length + 1)),
        ),
        (
            "a list of lengths",
            signed(&format!("Content-Length: {length}, 0\r\n"), &body),
        ),
        (
            "a length with a sign",
            signed(&format!("Content-Length: +{length}\r\n"), &body),
        ),
        ("a negative length", signed("Content-Length: -1\r\n", &body)),
        (
            "a length in hexadecimal",
            signed(&format!("Content-Length: 0x{length:x}\r\n"), &body),
        ),
        (
            "a huge length",
            signed("Content-Length: 99999999999999999999\r\n", &body),
        ),
        (
            "an unknown coding behind chunks",
            signed("Transfer-Encoding: chunked, x\r\n", &body),
        ),
        (
            "chunks with a length that is none",
            signed(
                "Transfer-Encoding: chunked\r\n",
                &format!("zz\r\n{body}\r\n0\r\n\r\n"),
            ),
        ),
        (
            "a space before the colon",
            unfinished(&format!("Transfer-Encoding : chunked\r\nX: {length}\r\n")),
        ),
        ("NUL in a header", unfinished("X: a\0b\r\n")),
        ("NUL in a name", unfinished("X\0: a\r\n")),
        ("CR in a header", unfinished("X: a\rNonce: b\r\n")),
        ("a folded header", unfinished("X: a\r\n b\r\n")),
        ("a folded nonce", folded),
    ];
    for (name, request) in cases {
        let [request, unsigned] = [&request[..], unsigned.as_bytes()];
        let statuses = statuses(&relay, &[request, unsigned].concat()).await;
        assert!(
            statuses.iter().all(|status| *status == 400),
            "{name}: {statuses:?}"
        );
    }

    // What is in both forms is read as chunks. The rest is a request that needs its own signature.
    let chunked_and_length = signed(
        &format!(
            "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n",
            unsigned.len() + 5
        ),
        &format!("0\r\n\r\n{unsigned}"),
    );
    let statuses = statuses(&relay, &chunked_and_length).await;
    assert!(
        matches!(statuses[..], [400] | [200] | [200, 400]),
        "{statuses:?}"
    );

    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let honest = report("honest", 1, unix_now(), 1);
    assert_eq!(platform.push(&honest).await.unwrap().status, 200);
    assert_eq!(forwarded(relay, 1).await, ["honest"]);
}

#[tokio::test]
async fn a_path_names_a_source_in_one_spelling_alone() {
    let config = Config::without_targets();
    let relay = Launch::new().config(&config.file()).start().await;
    let body = String::from_utf8(report("astray", 1, unix_now(), 1)).unwrap();
    let long = format!("/{}", "a".repeat(60_000));
    let paths = [
        "/",
        "//",
        "//meters",
        "/meters/",
        "/meters//",
        "/./meters",
        "/../meters",
        "/homes/../meters",
        "/%6deters",
        "/meters%00",
        "/meters%2f",
        "/meters%2F..",
        "/meters%20",
        "/meters;a=b",
        "/METERS",
        "/m%C3%A9ters",
        "/meters\u{e9}",
        long.as_str(),
    ];
    for path in paths {
        let triple = Triple::now(METERS_TOKEN).headers(Family::Plain);
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{triple}\r\n{body}",
            body.len()
        );
        let statuses = statuses(&relay, request.as_bytes()).await;
        assert!(
            matches!(statuses[..], [404] | [400] | [414]),
            "{path:.40}: {statuses:?}"
        );
    }
    let platform = Platform::new(relay.address, "meters?source=homes#x", METERS_TOKEN);
    let honest = report("honest", 1, unix_now(), 1);
    assert_eq!(platform.push(&honest).await.unwrap().status, 200);
    assert_eq!(forwarded(relay, 1).await, ["honest"]);
}

/// Names that a device may choose.
fn names() -> Vec<String> {
    [
        "a\nready http://127.0.0.1:1",
        "a\r\ncounted forwarded source=meters: 1000000",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "\u{9b}31m",
        "\u{202e}7-retem",
        "\u{2066}a\u{2069}\u{2028}b",
        "a\0b",
        "\u{feff}",
        "\",\"id\":\"forged\"}",
        "${jndi:ldap://127.0.0.1/a}",
        "../../etc/passwd",
        "a/b%2Fc",
        "'; DROP TABLE devices; --",
        " ",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["n".repeat(100_000), "\u{1f600}".repeat(20_000)])
    .collect()
}

#[tokio::test]
async fn names_of_devices_steer_neither_logs_nor_events_nor_groups() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let events = queues.create_fifo("events").await;
    let config = Config::with_target(&events);
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let names = names();
    for (seq, name) in names.iter().enumerate() {
        let payload = json!({"method": "report", "params": {name: name}});
        let body = http_envelope(name, name, seq as u64, unix_now(), &payload);
        assert_eq!(platform.push(&body).await.unwrap().status, 200);
        // A body that is not JSON goes to quarantine, of which a line tells.
        let odd = format!("{name}{{");
        assert_eq!(platform.push(odd.as_bytes()).await.unwrap().status, 200);
    }
    let received = queues.receive(&events, names.len(), LIMIT).await;
    let schemas = Schemas::read();
    let mut seen = Vec::new();
    for message in &received {
        let event: Value = serde_json::from_str(&message.body).unwrap();
        schemas.check(&event);
        let subject = event["subject"].as_str().unwrap();
        assert_eq!(subject.matches('/').count(), 1, "{subject:.80}");
        assert!(!subject.chars().any(char::is_control), "{subject:.80}");
        assert!(subject.starts_with(PRODUCT), "{subject:.80}");
        assert!(!message.body.contains('\n'));
        for id in [&message.group, &message.deduplication_id] {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            assert!(id.len() <= 128 && id.bytes().all(is_plain), "{id:.200}");
        }
        seen.push(event["data"]["device"]["name"].as_str().unwrap().to_owned());
    }
    let mut expected = names;
    expected.sort();
    seen.sort();
    assert!(seen == expected, "a name has changed on its way");
    let groups: std::collections::HashSet<&String> =
        received.iter().map(|message| &message.group).collect();
    assert_eq!(groups.len(), expected.len());

    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert!(status.success(), "{status}");
    assert_eq!(written.events().len(), expected.len());
    for line in &written.stderr {
        assert!(line.len() < 1000, "{line:.1000}");
        let steers = |c: char| c.is_control() || ('\u{2028}'..='\u{2069}').contains(&c);
        assert!(!line.contains(steers), "{line:?}");
        assert!(!line.contains("1000000"), "{line}");
    }
    let ready = written
        .stderr
        .iter()
        .filter(|line| line.starts_with("ready "));
    assert_eq!(ready.count(), 1);
}
