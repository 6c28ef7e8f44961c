//! Bad requests: each is refused with its status and its code, and leaves no trace.

use std::time::Duration;

use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::http::{Answer, exchange};
use thingrelay_tests::message::report;
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::{Launch, Relay};

use crate::bad_requests::{Bad, bad_requests};

async fn send(relay: &Relay, bad: &Bad) -> Answer {
    let body = String::from_utf8(report("intruder", 1, unix_now(), 1)).unwrap();
    let request = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{}\r\n{body}",
        bad.method,
        bad.path,
        relay.address,
        body.len(),
        bad.headers
    );
    exchange(relay.address, request.as_bytes())
        .await
        .unwrap_or_else(|error| panic!("{} {}: {error}", bad.method, bad.name))
}

#[tokio::test]
async fn every_bad_request_is_refused_with_its_word_and_none_is_forwarded() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let mut wrong = Vec::new();
    for bad in bad_requests() {
        let answer = send(&relay, &bad).await;
        let found = (answer.status, answer.code());
        if found != (bad.status, Some(bad.word.to_owned())) {
            wrong.push(format!(
                "{} {} ({}): {found:?} instead of {} {}",
                bad.method, bad.path, bad.name, bad.status, bad.word
            ));
        }
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains(METERS_TOKEN), "{text}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // An event of a refused request would have come before the event of this message.
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let answer = platform
        .push(&report("honest", 1, unix_now(), 1))
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    let events = relay.events_until(1, Duration::from_secs(20)).await;
    assert_eq!(events.len(), 1, "{events:#?}");
    assert_eq!(events[0]["data"]["device"]["name"], "honest");

    let (_, written) = {
        relay.process.signal("TERM").await;
        relay.process.ended(Duration::from_secs(20)).await
    };
    for line in written.stdout.iter().chain(&written.stderr) {
        assert!(!line.contains(METERS_TOKEN), "a token in {line}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_a_large_one_is_taken() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let body = |size: usize| format!("{{\"text\":\"{}\"}}", "x".repeat(size)).into_bytes();

    let answer = platform.push(&body(1024 * 1024)).await.unwrap();
    assert_eq!(
        (answer.status, answer.code()),
        (413, Some("body_too_large".to_owned()))
    );

    let answer = platform.push(&body(500 * 1024)).await.unwrap();
    assert_eq!(answer.status, 200);
    let events = relay.events_until(1, Duration::from_secs(20)).await;
    assert_eq!(events[0]["type"], "io.thingrelay.message.v1");
    assert_eq!(
        events[0]["data"]["payload"]["text"].as_str().map(str::len),
        Some(500 * 1024)
    );
}

#[tokio::test]
async fn tokens_that_make_forgeries_possible_are_refused_before_anything_serves() {
    let prefix = "q8Zr3Ty7Ku1Xw5Vn";
    let cases = [
        (
            "prefix of another",
            vec![prefix.to_owned(), format!("{prefix}2Bd6")],
        ),
        (
            "suffix of another",
            vec![prefix.to_owned(), format!("2Bd6{prefix}")],
        ),
        ("too short", vec!["q8Zr3Ty7Ku1Xw5V".to_owned()]),
        (
            "too few different characters",
            vec!["ababababcdcdcdcdcd".to_owned()],
        ),
        ("none", vec![]),
    ];
    for (name, tokens) in cases {
        let config = Config::of(&format!(
            "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = {tokens:?}\n"
        ));
        let process = Launch::new().config(&config.file()).spawn();
        let (status, written) = process.ended(Duration::from_secs(20)).await;
        assert!(!status.success(), "{name}");
        assert!(written.stdout.is_empty(), "{name}: {:?}", written.stdout);
        let told = written.stderr.join("\n");
        assert!(
            told.contains("meters"),
            "{name}: the source is not named in {told}"
        );
        for token in tokens {
            assert!(!told.contains(&token), "{name}: a token in {told}");
        }
    }
}
