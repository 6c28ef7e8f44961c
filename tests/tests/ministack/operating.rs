//! `thingrelay status` and `thingrelay tail`, at stacks that are deployed from the templates. Log lines,
//! messages, measurements and states of alarms come from calls of the emulator.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::platform::unix_now;
use thingrelay_tests::process::{Process, Written, program};
use thingrelay_tests::template::{self, Job, MAIN};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::deployment::deployed;
use crate::endpoint;

const LIMIT: Duration = Duration::from_secs(60);

/// Calls the emulator: service, operation, arguments.
async fn call(calls: Vec<(&'static str, &'static str, Value)>) -> Value {
    let calling = tokio::task::spawn_blocking(move || {
        let calls: Vec<Value> = calls
            .into_iter()
            .map(|(service, operation, arguments)| {
                json!({"service": service, "operation": operation, "arguments": arguments})
            })
            .collect();
        template::script("call.py", &json!({"endpoint": endpoint(), "calls": calls}))
    });
    calling.await.unwrap()
}

/// The command with these arguments, for the emulator at `endpoint`.
fn thingrelay(endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("thingrelay"));
    command
        .args(arguments)
        .env_clear()
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    command
}

/// The exit code and the output.
async fn run(command: Command) -> (i32, Written) {
    let (status, written) = Process::start(command).ended(LIMIT).await;
    (status.code().unwrap(), written)
}

fn text<'a>(stack: &'a Value, id: &str) -> &'a str {
    stack["resources"][id]
        .as_str()
        .unwrap_or_else(|| panic!("no {id} in {stack:#}"))
}

/// The name of a queue in a stack that `status --json` has printed, and what it holds.
fn queues(stack: &Value) -> Vec<(String, u64, Option<u64>)> {
    let queues = stack["queues"].as_array().unwrap().iter();
    queues
        .map(|queue| {
            let total = ["waiting", "in_flight", "delayed"].map(|it| queue[it].as_u64().unwrap());
            (
                queue["name"].as_str().unwrap().to_owned(),
                total.iter().sum(),
                queue["oldest_seconds"].as_u64(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_queues_alarms_and_versions_of_a_stack_and_its_webhooks() {
    let webhook = Job::of(
        "functions/webhook/template.yaml",
        &[("Stack", "watched"), ("Target", "crm")],
    );
    let stacks = deployed(vec![
        ("watched", Job::of(MAIN, &[])),
        ("watched-crm", webhook),
    ])
    .await;
    let [main, crm] = stacks.as_slice() else {
        panic!("{stacks:?}");
    };

    let (code, written) = run(thingrelay(&endpoint(), &["status", "watched", "--json"])).await;
    assert_eq!(code, 0, "{written:#?}");
    let report: Value = serde_json::from_str(&written.stdout.join("")).unwrap();
    assert_eq!(report["is_well"], true, "{report:#}");
    assert_eq!(report["stacks"][0]["name"], "watched");
    assert_eq!(report["stacks"][1]["name"], "watched-crm");
    let named = |names: &[&str]| -> Vec<_> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), 0, None))
            .collect()
    };
    let expected = named(&["staging", "events", "quarantine", "dead letters"]);
    assert_eq!(queues(&report["stacks"][0]), expected);
    assert_eq!(
        queues(&report["stacks"][1]),
        named(&["webhook", "dead letters"])
    );
    for stack in report["stacks"].as_array().unwrap() {
        assert_eq!(stack["status"], "CREATE_COMPLETE");
        assert_eq!(stack["version"], env!("CARGO_PKG_VERSION"));
        assert!(stack["updated"].is_string(), "{stack:#}");
        assert_eq!(stack["alarms"]["on"], json!([]), "{stack:#}");
    }

    let staging = text(main, "StagingQueue").rsplit('/').next().unwrap();
    let fifo = |id: &str, url: &str| {
        let body = "{}";
        json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": "g", "MessageDeduplicationId": id})
    };
    call(vec![
        ("sqs", "send_message", fifo("1", text(main, "EventsQueue"))),
        (
            "sqs",
            "send_message",
            json!({"QueueUrl": text(main, "QuarantineQueue"), "MessageBody": "{}"}),
        ),
        (
            "sqs",
            "send_message",
            fifo("1", text(crm, "WebhookDeadLetterQueue")),
        ),
        (
            "sqs",
            "send_message",
            fifo("2", text(crm, "WebhookDeadLetterQueue")),
        ),
        (
            "cloudwatch",
            "put_metric_data",
            json!({"Namespace": "AWS/SQS", "MetricData": [{
            "MetricName": "ApproximateAgeOfOldestMessage", "Value": 42, "Timestamp": unix_now(),
            "Dimensions": [{"Name": "QueueName", "Value": staging}]}]}),
        ),
        (
            "cloudwatch",
            "set_alarm_state",
            json!({"AlarmName": text(main, "QuarantineAlarm"),
            "StateValue": "ALARM", "StateReason": "Threshold\u{1b}[31m Crossed: 1.0"}),
        ),
        (
            "cloudwatch",
            "disable_alarm_actions",
            json!({"AlarmNames": [text(main, "QuarantineAlarm")]}),
        ),
        (
            "cloudwatch",
            "delete_alarms",
            json!({"AlarmNames": [text(main, "ClockSkewAlarm")]}),
        ),
    ])
    .await;

    let (code, written) = run(thingrelay(&endpoint(), &["status", "watched", "--json"])).await;
    assert_eq!(code, 1, "{written:#?}");
    let report: Value = serde_json::from_str(&written.stdout.join("")).unwrap();
    assert_eq!(report["is_well"], false);
    let problems = json!([
        "watched: the alarm QuarantineAlarm is on",
        "watched: the alarm ClockSkewAlarm does not exist any more",
        "watched: messages in quarantine: 1",
        "watched-crm: messages in dead letters: 2",
    ]);
    assert_eq!(report["problems"], problems);
    let expected = [
        ("staging".to_owned(), 0, Some(42)),
        ("events".to_owned(), 1, None),
        ("quarantine".to_owned(), 1, None),
        ("dead letters".to_owned(), 0, None),
    ];
    assert_eq!(queues(&report["stacks"][0]), expected);
    let alarms = &report["stacks"][0]["alarms"];
    assert_eq!(alarms["silenced"], 1, "{alarms:#}");
    assert_eq!(alarms["on"][0]["runbook"], "docs/runbook.md#quarantine");
    assert!(alarms["on"][0]["since"].is_string(), "{alarms:#}");

    let region = ["status", "watched", "--region", "eu-west-1"];
    let mut command = thingrelay(&endpoint(), &region);
    command.env_remove("AWS_REGION");
    let (code, written) = run(command).await;
    assert_eq!(code, 1, "{written:#?}");
    let screen = written.stdout.join("\n");
    for line in [
        &format!(
            "watched  CREATE_COMPLETE  eu-west-1  version {}",
            env!("CARGO_PKG_VERSION")
        ),
        "  staging               0          0        0  42 s",
        "  quarantine            1          0        0  unknown",
        "  ALARM QuarantineAlarm  since ",
        "        Threshold\\u{1b}[31m Crossed: 1.0\n        docs/runbook.md#quarantine\n  missing ClockSkewAlarm",
        "problem watched-crm: messages in dead letters: 2",
    ] {
        assert!(screen.contains(line), "no {line} in\n{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_say_what_to_do() {
    let denying = denying().await;
    let cases: [(&str, &str, &[&str], &str); 4] = [
        (
            &endpoint(),
            "",
            &[],
            "there is no stack nobody in eu-west-1",
        ),
        (&endpoint(), "AWS_REGION", &[], "no AWS region is set"),
        (
            &endpoint(),
            "AWS_ACCESS_KEY_ID",
            &[],
            "there are no AWS credentials",
        ),
        (
            &denying,
            "",
            &[],
            "AWS denies cloudformation:DescribeStacks",
        ),
    ];
    for command in ["status", "tail"] {
        for (endpoint, unset, arguments, words) in &cases {
            let arguments = [&[command, "nobody"], *arguments].concat();
            let mut command = thingrelay(endpoint, &arguments);
            command.env_remove(unset);
            let (code, written) = run(command).await;
            assert_eq!(code, 1, "{words}: {written:#?}");
            assert!(
                written.stderr.join("\n").contains(words),
                "{words}: {written:#?}"
            );
            assert_eq!(written.stdout, [""; 0], "{words}");
        }
    }
}

/// A server that denies every call as AWS does.
async fn denying() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|_: Request<hyper::body::Incoming>| async {
                let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                    <Message>User is not authorized</Message></Error></ErrorResponse>";
                Response::builder()
                    .status(403)
                    .body(Full::new(Bytes::from(body)))
            });
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        }
    });
    url
}

/// A call that writes a line to the log group of a function.
fn write(group: &str, at: u64, line: &Value) -> (&'static str, &'static str, Value) {
    let events = json!([{"timestamp": at, "message": format!("{line}\n")}]);
    (
        "logs",
        "put_log_events",
        json!({"logGroupName": group, "logStreamName": "2026/instance", "logEvents": events}),
    )
}

fn rejected(source: &str) -> Value {
    json!({"timestamp": "t", "level": "WARN", "message": "message rejected", "requestId": "r",
        "target": "thingrelay::internal_event", "source": source, "reason": "stale", "detail": "a sentence"})
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_prints_each_line_once_and_goes_on_after_a_failure() {
    let stacks = deployed(vec![("followed", Job::of(MAIN, &[]))]).await;
    let (push, consumer) = (
        text(&stacks[0], "PushLogs"),
        text(&stacks[0], "ConsumerLogs"),
    );
    let quarantine = text(&stacks[0], "QuarantineQueue");
    let stream = |group: &str| {
        let arguments = json!({"logGroupName": group, "logStreamName": "2026/instance"});
        ("logs", "create_log_stream", arguments)
    };
    let now = unix_now() * 1000;
    let forwarded = json!({"level": "DEBUG", "message": "forwarded", "source": "meters", "id": "342a",
        "events": 1, "type": "io.thingrelay.device.online.v1", "subject": "P1/meter-7"});
    let quarantined = json!({"level": "ERROR", "message": "quarantined", "source": "doors", "id": "77",
        "reason": "not_json"});
    call(vec![
        stream(push),
        stream(consumer),
        write(push, now - 9000, &rejected("me\u{1b}ters")),
        write(
            push,
            now - 8000,
            &json!({"_aws": {"Timestamp": now}, "Accepted": 1}),
        ),
        write(consumer, now - 7000, &forwarded),
        write(consumer, now - 6000, &quarantined),
        write(push, now - 7_200_000, &rejected("long-ago")),
    ])
    .await;

    let proxy = Faulty::start(&endpoint(), Mode::Up, 1).await;
    let mut tail = Process::start(thingrelay(
        &proxy.endpoint(),
        &["tail", "followed", "--since", "1h"],
    ));
    tail.until_printed("quarantine        followed  0 waiting", LIMIT)
        .await;
    tail.until_told("the log level of followed is INFO", LIMIT)
        .await;
    tail.until_told("LogLevel=DEBUG", LIMIT).await;
    let message = json!({"QueueUrl": quarantine, "MessageBody": "{}"});
    call(vec![
        // It is older than lines that were read.
        write(push, now - 20_000, &rejected("late")),
        ("sqs", "send_message", message),
    ])
    .await;
    tail.until_printed("source=late", LIMIT).await;
    tail.until_printed("quarantine        followed  1 waiting", LIMIT)
        .await;
    proxy.set(Mode::Down);
    tail.until_told("not everything can be read, trying again", LIMIT)
        .await;
    call(vec![write(push, now, &rejected("meanwhile"))]).await;
    proxy.set(Mode::Up);
    tail.until_told("everything can be read again", LIMIT).await;
    tail.until_printed("source=meanwhile", LIMIT).await;
    tail.signal("TERM").await;
    let (status, written) = tail.ended(LIMIT).await;
    assert!(status.success(), "{status}");
    assert_eq!(written.stderr.len(), 3, "{written:#?}");

    let lines: Vec<&str> = written
        .stdout
        .iter()
        .map(|line| line.split_once("Z ").unwrap().1)
        .collect();
    let expected = [
        " WARN message rejected source=me\u{fffd}ters reason=stale detail=\"a sentence\" function=push",
        "device.online     P1/meter-7  forwarded source=meters id=342a events=1 function=consumer",
        "ERROR quarantined source=doors id=77 reason=not_json function=consumer",
        "staging           followed  0 waiting, 0 in flight, 0 delayed",
        "quarantine        followed  0 waiting, 0 in flight, 0 delayed",
        "dead letters      followed  0 waiting, 0 in flight, 0 delayed",
    ];
    assert_eq!(lines[..6], expected);
    let mut later = lines[6..].to_vec();
    later.sort_unstable();
    let expected = [
        " WARN message rejected source=late reason=stale detail=\"a sentence\" function=push",
        " WARN message rejected source=meanwhile reason=stale detail=\"a sentence\" function=push",
        "quarantine        followed  1 waiting, 0 in flight, 0 delayed",
    ];
    assert_eq!(later, expected);

    let once = [
        "tail",
        "followed",
        "--since",
        "1h",
        "--source",
        "doors",
        "--json",
        "--no-follow",
    ];
    let (code, written) = run(thingrelay(&endpoint(), &once)).await;
    assert_eq!(code, 0, "{written:#?}");
    let lines: Vec<Value> = written.events();
    assert_eq!(lines[0]["kind"], "line", "{lines:#?}");
    assert_eq!(lines[0]["function"], "consumer");
    assert_eq!(lines[0]["line"], quarantined);
    let queues: Vec<_> = lines[1..]
        .iter()
        .map(|line| (line["queue"].as_str(), &line["depth"]["waiting"]))
        .collect();
    let expected = [
        (Some("staging"), &json!(0)),
        (Some("quarantine"), &json!(1)),
        (Some("dead letters"), &json!(0)),
    ];
    assert_eq!(queues, expected);
}
