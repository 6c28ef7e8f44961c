//! The log lines of the functions, and their format: the real programs, as Lambda runs them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sqs_server::{Options, Server};
use thingrelay_tests::cloud::{consume, request};
use thingrelay_tests::config::{Config, HOMES_TOKEN, METERS_TOKEN};
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::lambda::Function;
use thingrelay_tests::message::report;
use thingrelay_tests::metrics::Log;
use thingrelay_tests::queue::{Queues, url_at};

/// A part of the bodies that no log line may contain.
const CONTENT: &str = "boiler-room-secret";

/// The log settings that Lambda passes to a function, and their effect.
#[derive(Debug)]
struct Case {
    format: Option<&'static str>,
    level: Option<&'static str>,
    /// The levels of internal events that are written.
    levels: &'static [&'static str],
    /// The level of lines with metrics.
    of_metrics: &'static str,
}

const fn case(
    format: Option<&'static str>,
    level: Option<&'static str>,
    levels: &'static [&'static str],
    of_metrics: &'static str,
) -> Case {
    Case {
        format,
        level,
        levels,
        of_metrics,
    }
}

const CASES: [Case; 9] = [
    case(None, None, &["ERROR", "WARN"], "INFO"),
    case(
        Some("JSON"),
        Some("DEBUG"),
        &["DEBUG", "ERROR", "WARN"],
        "INFO",
    ),
    case(Some("JSON"), Some("INFO"), &["ERROR", "WARN"], "INFO"),
    case(Some("JSON"), Some("WARN"), &["ERROR", "WARN"], "WARN"),
    case(Some("JSON"), Some("ERROR"), &["ERROR"], "ERROR"),
    case(Some("JSON"), Some("FATAL"), &["ERROR"], "FATAL"),
    case(Some("JSON"), Some("OFF"), &[], "INFO"),
    case(Some("Text"), Some("INFO"), &["ERROR", "WARN"], "INFO"),
    case(Some("Text"), Some("ERROR"), &["ERROR"], "ERROR"),
];

/// The log of the three functions, each with events of every level.
async fn logs(case: &Case) -> [(&'static str, Log); 3] {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let staging = queues.create_fifo("staging").await;
    let events = queues.create_fifo("events").await;
    let quarantine = queues.create_standard("quarantine").await;
    let before_staging = Faulty::start(queues.endpoint(), Mode::Up, 1).await;
    let config = Config::with_target(&events);
    let file = config.file().to_string_lossy().into_owned();
    let staging_by_proxy = url_at(&before_staging.endpoint(), &staging);
    let mut environment = vec![
        ("THINGRELAY_CONFIG_FILE", file.as_str()),
        ("THINGRELAY_STAGING_QUEUE_URL", &staging_by_proxy),
        ("THINGRELAY_QUARANTINE_QUEUE_URL", &quarantine),
        ("THINGRELAY_METRICS_NAMESPACE", "thingrelay/logs"),
    ];
    environment.extend(case.format.map(|format| ("AWS_LAMBDA_LOG_FORMAT", format)));
    environment.extend(case.level.map(|level| ("AWS_LAMBDA_LOG_LEVEL", level)));
    let verify = Function::start("verify", &environment, 1).await;
    let push = Function::start("push", &environment, 1).await;
    let consumer = Function::start("consumer", &environment, 1).await;

    let echostr = [("echostr", "abc")];
    for (token, status) in [(METERS_TOKEN, 200), (HOMES_TOKEN, 401)] {
        let answer = request(&verify, "GET", "meters", &echostr, token, b"").await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let good = String::from_utf8(report("d", 1, 1, 1)).unwrap();
    let good = good.replace("\"t\"", &format!("\"{CONTENT}\""));
    let pushes = [
        (METERS_TOKEN, good.as_str(), 200),
        (METERS_TOKEN, CONTENT, 200),
        (HOMES_TOKEN, &good, 401),
    ];
    for (token, body, status) in pushes {
        let answer = request(&push, "POST", "meters", &[], token, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    before_staging.set(Mode::Down);
    let answer = request(&push, "POST", "meters", &[], METERS_TOKEN, good.as_bytes()).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    consume(
        &queues,
        &staging,
        &consumer,
        2,
        std::time::Duration::from_secs(60),
    )
    .await;
    [
        ("verify", Log::of(&verify.end().await)),
        ("push", Log::of(&push.end().await)),
        ("consumer", Log::of(&consumer.end().await)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn format_and_level_are_what_lambda_says_and_metrics_are_always_there() {
    for case in &CASES {
        let logs = logs(case).await;
        let mut levels = BTreeSet::new();
        for (function, log) in &logs {
            for line in log.lines.iter().chain(&texts(&log.documents)) {
                for secret in [METERS_TOKEN, HOMES_TOKEN, CONTENT] {
                    assert!(!line.contains(secret), "{secret} in {line}");
                }
            }
            for line in &log.lines {
                let line = if case.format != Some("Text") {
                    json(line)
                } else {
                    text(line)
                };
                let is_ours = line["target"] == "thingrelay::internal_event";
                // The lines of libraries may belong to no request.
                if is_ours || case.level != Some("DEBUG") {
                    let id = line.get("requestId");
                    assert!(id.is_some_and(is_request_id), "{function}: {line:?}");
                }
                if is_ours {
                    levels.insert(line["level"].as_str().unwrap().to_owned());
                    assert_ids(&line);
                }
            }
            for document in &log.documents {
                assert!(
                    is_request_id(&document["requestId"]),
                    "{function}: {document}"
                );
                assert_eq!(document["level"], case.of_metrics, "{case:?}");
                let namespace = &document["_aws"]["CloudWatchMetrics"][0]["Namespace"];
                assert_eq!(namespace, "thingrelay/logs");
            }
        }
        let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
        assert_eq!(levels, case.levels, "{case:?}");
        assert_metrics(&logs);
    }
}

/// Each invocation flushes once, and the sums are those of the sent requests.
fn assert_metrics([(_, verify), (_, push), (_, consumer)]: &[(&str, Log); 3]) {
    let expected: [(&Log, &[(&str, u64)]); 3] = [
        (verify, &[("UrlChecks", 1), ("UrlChecksRefused", 1)]),
        (
            push,
            &[
                ("Accepted", 2),
                ("Received", 4),
                ("Rejected", 1),
                ("Unavailable", 1),
            ],
        ),
        (
            consumer,
            // What is counted by target has no total.
            &[
                ("Delivered", 0),
                ("Events", 1),
                ("Forwarded", 1),
                ("Matched", 0),
                ("Quarantined", 1),
            ],
        ),
    ];
    for (log, metrics) in expected {
        let names: Vec<&str> = metrics.iter().map(|(name, _)| *name).collect();
        assert_eq!(log.metrics.names(), names);
        for (name, count) in metrics {
            assert_eq!(log.metrics.total(name), *count, "{name}");
        }
    }
    for (log, invocations) in [(verify, 2), (push, 4)] {
        let requests: BTreeSet<&str> = log
            .documents
            .iter()
            .filter_map(|document| document["requestId"].as_str())
            .collect();
        // Each of these invocations counts at most one source and one reason.
        assert_eq!(
            (log.documents.len(), requests.len()),
            (invocations, invocations)
        );
    }
}

fn texts(documents: &[Value]) -> Vec<String> {
    documents.iter().map(Value::to_string).collect()
}

/// The Runtime API of the tests numbers its requests.
fn is_request_id(id: &Value) -> bool {
    id.as_str().is_some_and(|id| id.parse::<u64>().is_ok())
}

/// Checks that a line about a message with an id contains the id.
fn assert_ids(line: &Map<String, Value>) {
    let message = line["message"].as_str().unwrap();
    let has_id = [
        "accepted",
        "staging failed, the platform tries again",
        "forwarded",
        "quarantined",
    ];
    if has_id.contains(&message) {
        let id = line["id"].as_str().unwrap_or_default();
        assert!(id.len() == 64, "{line:?}");
    }
}

/// Whether this is a time in UTC; a whole second has no milliseconds.
fn is_time(text: &str) -> bool {
    let shape = text.replace(|c: char| c.is_ascii_digit(), "0");
    ["0000-00-00T00:00:00.000Z", "0000-00-00T00:00:00Z"].contains(&shape.as_str())
}

/// A line in JSON: flat, with a timestamp.
fn json(line: &str) -> Map<String, Value> {
    let object: Map<String, Value> =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let is_flat = object
        .values()
        .all(|value| !value.is_object() && !value.is_array());
    assert!(is_flat, "{line}");
    let at = object["timestamp"].as_str().unwrap();
    assert!(is_time(at), "{line}");
    object
}

/// A line of text: timestamp, level, message, `name=value` from `requestId` on.
fn text(line: &str) -> Map<String, Value> {
    assert!(
        serde_json::from_str::<Value>(line).is_err(),
        "JSON in a log of text: {line}"
    );
    let (head, fields) = line
        .split_once(" requestId=")
        .unwrap_or_else(|| panic!("{line}"));
    let mut head = head.splitn(3, ' ');
    let at = head.next().unwrap();
    assert!(is_time(at), "{line}");
    let level = head.next().unwrap();
    let message = head.next().unwrap().trim_start();
    let mut object = Map::from_iter([
        ("level".to_owned(), level.into()),
        ("message".to_owned(), message.into()),
    ]);
    let fields = format!("requestId={fields}");
    for field in fields.split(' ') {
        if let Some((name, value)) = field.split_once('=') {
            object.insert(name.to_owned(), value.into());
        }
    }
    object
}

#[tokio::test]
async fn what_keeps_a_function_from_starting_is_a_line_too() {
    let broken = Config::of("[sources.meters]\ntokens = [tooshort]\n");
    let file = broken.file().to_string_lossy().into_owned();
    let cases = [
        (vec![], "THINGRELAY_SETTINGS_PARAMETER"),
        (
            vec![("THINGRELAY_CONFIG_FILE", "nowhere.toml")],
            "nowhere.toml",
        ),
        (
            vec![("THINGRELAY_CONFIG_FILE", file.as_str())],
            "line 2, column 11",
        ),
    ];
    for (environment, expected) in cases {
        let verify = Function::start("verify", &environment, 1).await;
        let lines = verify.ended().await;
        let [line] = lines.as_slice() else {
            panic!("{lines:#?}");
        };
        let line = json(line);
        assert_eq!(line["level"], "ERROR", "{line:?}");
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(expected), "{expected} in {error}");
        assert!(!error.contains("tooshort"), "{error}");
    }
}
