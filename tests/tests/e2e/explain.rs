//! The command `thingrelay explain`: it says what the endpoint answers, and names no secret.

use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::within;
use thingrelay_tests::http::exchange;
use thingrelay_tests::message::report;
use thingrelay_tests::platform::{Family, Triple, unix_now};
use thingrelay_tests::process::{Launch, program};
use thingrelay_tests::searched::output_soon;
use tokio::process::Command;

use crate::bad_requests::bad_requests;

const LIMIT: Duration = Duration::from_secs(60);

/// Explains the request in the file `call` beside the configuration.
async fn explain(config: &Config, call: &[u8], arguments: &[&str]) -> Output {
    let file = config.file().with_file_name("call");
    fs::write(&file, call).unwrap();
    let mut command = Command::new(program("thingrelay"));
    command
        .arg("explain")
        .arg(&file)
        .arg("--config")
        .arg(config.file())
        .args(arguments)
        .env_clear()
        .kill_on_drop(true);
    let explained = within(LIMIT, "an explanation", output_soon(&mut command));
    let output = explained.await.unwrap();
    for text in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(text).contains(METERS_TOKEN));
    }
    output
}

async fn explain_as_json(config: &Config, call: &[u8], arguments: &[&str]) -> Value {
    let output = explain(config, call, &[arguments, &["--json"]].concat()).await;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn every_bad_request_is_explained_as_it_is_answered() {
    let config = Config::without_targets();
    let relay = Launch::new().config(&config.file()).start().await;
    let mut wrong = Vec::new();
    for bad in bad_requests() {
        let request = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 2\r\n{}\r\n{{}}",
            bad.method, bad.path, relay.address, bad.headers
        );
        let answer = exchange(relay.address, request.as_bytes()).await.unwrap();
        let told = explain_as_json(&config, request.as_bytes(), &["--at", "0s"]).await;
        let (told, body) = (&told["answer"], String::from_utf8_lossy(&answer.body));
        let body: Value = serde_json::from_str(&body).unwrap();
        let found = (&told["status"], &told["code"], &told["message"]);
        if found
            != (
                &Value::from(answer.status),
                &body["error"],
                &body["message"],
            )
        {
            wrong.push(format!("{} ({}): {told} and {body}", bad.path, bad.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_event_of_a_captured_request_is_the_event_that_is_forwarded() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let body = report("meter-7", 1, unix_now(), 1);
    let body = String::from_utf8(body).unwrap();
    let triple = Triple::now(METERS_TOKEN);
    let headers = triple.headers(Family::Prefixed);
    let request = format!(
        "POST /meters HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        relay.address,
        body.len(),
    );
    let answer = exchange(relay.address, request.as_bytes()).await.unwrap();
    assert_eq!(answer.status, 200);
    let events = relay.events_until(1, Duration::from_secs(20)).await;

    let date = answer.header("date").unwrap();
    let lines = headers.lines().map(|line| format!("> {line}\r\n"));
    let curl = format!(
        "> POST /meters HTTP/1.1\r\n> Content-Length: {}\r\n{}> \r\n< HTTP/1.1 200 OK\r\n< date: {date}\r\n< \r\n",
        body.len(),
        lines.collect::<String>()
    );
    let file = config.file().with_file_name("body.json");
    fs::write(&file, &body).unwrap();
    let at_file = format!("@{}", file.display());
    let headers = headers.lines().map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        serde_json::json!({"name": name, "value": value})
    });
    let har = serde_json::json!({"log": {"entries": [{"startedDateTime": "2026-11-30T08:00:00Z",
        "request": {"method": "POST", "url": format!("http://{}/meters", relay.address),
            "headers": headers.collect::<Vec<_>>(), "postData": {"text": body}},
        "response": {"status": 200, "headers": [{"name": "date", "value": date}]}}]}});
    for (call, arguments, from) in [
        (request, &[][..], "assumed"),
        (curl, &["--body", &at_file], "date"),
        (har.to_string(), &[], "date"),
    ] {
        let told = explain_as_json(&config, call.as_bytes(), arguments).await;
        assert_eq!(told["answer"]["status"], 200, "{told}");
        assert_eq!(told["time"]["from"], from, "{told}");
        assert_eq!(told["message"]["events"][0]["event"], events[0], "{told}");
        assert_eq!(
            told["signature"]["signers"][0]["token"],
            "sources.meters.tokens[0]"
        );
        let output = explain(&config, call.as_bytes(), arguments).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            text.contains("answer     200, the message is staged"),
            "{text}"
        );
        assert!(!text.contains(&triple.signature), "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_explained_says_why() {
    let config = Config::without_targets();
    let two = "> GET /meters HTTP/1.1\n> \n> GET /homes HTTP/1.1\n> \n";
    for (call, arguments, told) in [
        ("", &[][..], "there is no request"),
        (two, &[], "1: GET /meters, 2: GET /homes"),
        (two, &["--entry", "3"], "there is no request 3"),
        ("{}", &[], "HAR"),
        (
            two,
            &["--entry", "1", "--body", "@missing"],
            "cannot read missing",
        ),
    ] {
        let output = explain(&config, call.as_bytes(), arguments).await;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
    }
}
