//! The differences between the emulator and AWS break no function.
//!
//! Two more differences are part of every other test: the emulator's deadline is in 1970, and it
//! handles one request at a time.

use std::net::SocketAddr;
use std::time::Duration;

use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::http::{Answer, exchange};
use thingrelay_tests::message::report;
use thingrelay_tests::platform::{Family, Triple, unix_now};
use thingrelay_tests::queue::Queues;

use crate::setting::Setting;

const LIMIT: Duration = Duration::from_secs(60);

/// Sends a request with these header lines, unchanged.
async fn send(address: SocketAddr, start: &str, headers: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let mut request =
        format!("{start} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{headers}\r\n")
            .into_bytes();
    request.extend_from_slice(body);
    let answer = tokio::time::timeout(LIMIT, exchange(address, &request)).await;
    let answer = answer.unwrap_or_else(|_| panic!("no answer to {start}"));
    answer.unwrap_or_else(|error| panic!("{start}: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_answer_whatever_the_emulator_makes_of_a_request() {
    let config = Config::without_targets();
    let setting = Setting::new();
    let launch = setting.launch().config(&config.file());
    let (_emulator, mut relay) = setting.start(launch).await;
    let address = relay.address;
    let json = "Content-Type: application/json\r\n";
    let signed = || Triple::now(METERS_TOKEN).headers(Family::Plain);
    let status = |answer: &Answer| (answer.status, answer.code());
    let refused = |status: u16, word: &str| (status, Some(word.to_owned()));

    // The emulator keeps the first of repeated headers, so a function cannot notice the second.
    let now = unix_now();
    let bad = Triple::sign("another token", "1795233600", "another");
    let repeats = [
        (
            format!("{}Signature: {}\r\n", signed(), bad.signature),
            (200, None),
        ),
        (
            format!("Signature: {}\r\n{}", bad.signature, signed()),
            refused(401, "bad_signature"),
        ),
        (format!("{}Timestamp: 1\r\n", signed()), (200, None)),
        (
            format!("Nonce: another\r\n{}", signed()),
            refused(401, "bad_signature"),
        ),
        // Two names are two headers in the emulator, too.
        (
            format!("{}X-Tc-Signature: {}\r\n", signed(), bad.signature),
            refused(400, "mixed_headers"),
        ),
    ];
    let mut accepted = 0;
    for (headers, expected) in repeats {
        let body = report("device-0", accepted, now, accepted);
        let answer = send(address, "POST /meters", &format!("{json}{headers}"), &body).await;
        assert_eq!(status(&answer), expected, "{headers}");
        accepted += u64::from(answer.status == 200);
    }
    let echoes = format!("{json}Echostr: first\r\nEchostr: second\r\n{}", signed());
    let answer = send(address, "GET /meters", &echoes, b"").await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"first"[..]));

    // Path parameters stay percent-encoded, and do not include the query.
    let paths = [
        ("/met%65rs", refused(404, "unknown_source")),
        ("/meters%2F", refused(404, "unknown_source")),
        ("/m%C3%A9ters", refused(404, "unknown_source")),
        ("/%00", refused(404, "unknown_source")),
        ("/meters?source=homes", (200, None)),
        // There is no route: the emulator itself answers.
        ("/", (404, None)),
        ("/meters/", (404, None)),
        ("/meters/more", (404, None)),
    ];
    for (path, expected) in paths {
        let headers = format!("{json}Echostr: echo\r\n{}", signed());
        let answer = send(address, &format!("GET {path}"), &headers, b"").await;
        assert_eq!(status(&answer), expected, "{path}");
    }

    // A method without a route reaches no function.
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
        let answer = send(address, &format!("{method} /meters"), &signed(), b"").await;
        assert_eq!(status(&answer), (404, None), "{method}");
    }

    // Text that is not UTF-8 does not pass through the emulator; bytes do.
    let bytes = b"\xff\xfe";
    let bodies: [(&str, &[u8], u16); 6] = [
        ("Content-Type: application/json\r\n", bytes, 500),
        ("Content-Type: text/plain\r\n", bytes, 500),
        ("", bytes, 500),
        ("Content-Type: application/octet-stream\r\n", bytes, 200),
        ("Content-Type: application/json\r\n", b"", 200),
        ("Content-Type: text/plain\r\n", b"no JSON", 200),
    ];
    for (content_type, body, expected) in bodies {
        let headers = format!("{content_type}{}", signed());
        let answer = send(address, "POST /meters", &headers, body).await;
        assert_eq!(answer.status, expected, "{content_type}{body:?}");
    }
    let large = vec![b'x'; 1_000_000];
    let headers = format!("{json}{}", signed());
    let answer = send(address, "POST /meters", &headers, &large).await;
    assert_eq!(status(&answer), refused(413, "body_too_large"));

    // After these requests, the functions still run, and no accepted message is lost.
    let answer = setting.meters().check("still-here").await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"still-here"[..]));
    relay
        .events_until(usize::try_from(accepted).unwrap(), LIMIT)
        .await;
    let queues = Queues::at(&relay.sqs);
    let quarantine = queues.find("quarantine").await;
    assert_eq!(queues.receive(&quarantine, 3, LIMIT).await.len(), 3);
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
    assert_eq!(written.events().len(), usize::try_from(accepted).unwrap());
}
