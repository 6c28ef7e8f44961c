//! Events that are not requests, and unusual requests: each gets a status, and no invocation fails.

use std::time::Duration;

use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::lambda::{Function, Outcome};
use thingrelay_tests::metrics::Log;
use thingrelay_tests::platform::Triple;
use thingrelay_tests::process::program;
use thingrelay_tests::queue::Queues;

const LIMIT: Duration = Duration::from_secs(60);

/// A signed request in payload format 2.0, with these members changed.
fn request(method: &str, changes: &Value) -> Value {
    let Triple {
        timestamp,
        nonce,
        signature,
    } = Triple::now(METERS_TOKEN);
    let mut event = json!({
        "version": "2.0",
        "rawPath": "/meters",
        "rawQueryString": "",
        "headers": {
            "host": "api.execute-api.us-east-1.amazonaws.com",
            "timestamp": timestamp,
            "nonce": nonce,
            "signature": signature,
            "echostr": "abc",
        },
        "requestContext": {
            "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "http": {"method": method, "path": "/meters"},
            "stage": "$default",
            "timeEpoch": 1_795_233_600_000_u64,
        },
        "pathParameters": {"source": "meters"},
        "body": "{}",
        "isBase64Encoded": false,
    });
    for (name, value) in changes.as_object().unwrap() {
        match (value, &mut event[name]) {
            (Value::Object(more), Value::Object(members)) => members.extend(more.clone()),
            (value, member) => *member = value.clone(),
        }
    }
    event
}

/// Events that are not requests, as text.
fn no_requests() -> Vec<String> {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let huge = json!({"headers": {"x": "y".repeat(5_000_000)}}).to_string();
    let ping = json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-21T04:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/warm"],
        "detail": {},
    });
    let websocket = json!({
        "headers": {"Host": "x"},
        "requestContext": {"eventType": "CONNECT", "connectionId": "L0SM9cOFvHcCIhw="},
        "isBase64Encoded": false,
    });
    let mut texts: Vec<String> = ["{}", "null", "[]", "7", "\"ping\"", r#"{"warmer":true}"#]
        .map(str::to_owned)
        .into();
    texts.extend([ping.to_string(), websocket.to_string(), deep, huge]);
    texts.push(r#"{"httpMethod":"\ud800"}"#.to_owned());
    let odd = [
        json!({"body": "%%%", "isBase64Encoded": true}),
        json!({"body": {"a": 1}}),
        json!({"requestContext": {"http": {"method": "A\nB"}}}),
        json!({"headers": ["nonce"]}),
    ];
    texts.extend(odd.map(|changes| request("POST", &changes).to_string()));
    texts
}

/// Requests, and their status for GET and POST.
fn requests() -> Vec<(Value, u16, u16)> {
    let large = "x".repeat(1_000_000);
    vec![
        (json!({}), 200, 200),
        (json!({"rawQueryString": "q=<b>&x=%zz \u{1}"}), 200, 200),
        (
            json!({"headers": {"x-forwarded-proto": "https,http"}}),
            200,
            200,
        ),
        (json!({"headers": {"host": "a b"}}), 200, 200),
        (json!({"headers": {"host": ""}}), 200, 200),
        (json!({"headers": {"bad name": "x", "x": "a\nb"}}), 200, 200),
        (
            json!({"rawPath": "//a b/%zz", "cookies": ["a=\u{1}"]}),
            200,
            200,
        ),
        (json!({"body": null}), 200, 200),
        (json!({"body": "/w==", "isBase64Encoded": true}), 200, 200),
        (json!({"headers": null}), 400, 400),
        (json!({"headers": {"nonce": "a\nb"}}), 400, 400),
        (json!({"headers": {"nonce": "a,a"}}), 400, 400),
        (json!({"pathParameters": null}), 404, 404),
        (json!({"pathParameters": {"source": "a\nb\u{0}"}}), 404, 404),
        (json!({"body": large}), 200, 413),
    ]
}

async fn status(function: &Function, event: String) -> u64 {
    let shown = event.chars().take(200).collect::<String>();
    let answer = function.invoke_text(event, LIMIT).await;
    let answer = answer.unwrap_or_else(|error| panic!("{error} of {shown}"));
    let status = answer["statusCode"].as_u64();
    status.unwrap_or_else(|| panic!("{answer} of {shown}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_of_an_http_api_fails_an_invocation() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let staging = queues.create_fifo("staging").await;
    let config = Config::without_targets();
    let file = config.file();
    let environment = [
        ("THINGRELAY_CONFIG_FILE", file.to_str().unwrap()),
        ("THINGRELAY_STAGING_QUEUE_URL", &staging),
    ];
    let verify = Function::start("verify", &environment, 1).await;
    let push = Function::start("push", &environment, 1).await;

    let (mut of_verify, mut of_push) = ((0, 0), (0, 0));
    let count = |counts: &mut (u64, u64), status: u64| match status {
        200 => counts.0 += 1,
        _ => counts.1 += 1,
    };
    for text in no_requests() {
        for (function, counts) in [(&verify, &mut of_verify), (&push, &mut of_push)] {
            let status = status(function, text.clone()).await;
            assert_eq!(status, 400, "{text:.200}");
            count(counts, status);
        }
    }
    for (changes, get, post) in requests() {
        for (function, method, expected, counts) in [
            (&verify, "GET", get, &mut of_verify),
            (&push, "POST", post, &mut of_push),
        ] {
            let status = status(function, request(method, &changes).to_string()).await;
            assert_eq!(status, u64::from(expected), "{method} {changes:.200}");
            count(counts, status);
        }
    }
    // These requests are in payload format 1.0, which repeats headers in lists.
    for (function, method, counts) in [
        (&verify, "GET", &mut of_verify),
        (&push, "POST", &mut of_push),
    ] {
        let mut event = request(method, &json!({}));
        let headers = event["headers"].as_object().unwrap().clone();
        let lists = headers
            .into_iter()
            .map(|(name, value)| (name, json!([value])));
        event["multiValueHeaders"] = Value::Object(lists.collect());
        event["httpMethod"] = json!(method);
        event["requestContext"] = json!({"stage": "$default"});
        let good = status(function, event.to_string()).await;
        event["multiValueHeaders"]["nonce"] = json!(["a", "a"]);
        let repeated = status(function, event.to_string()).await;
        assert_eq!((good, repeated), (200, 400), "{method}");
        count(counts, good);
        count(counts, repeated);
    }

    let verify = Log::of(&verify.end().await).metrics;
    let push = Log::of(&push.end().await).metrics;
    let counted = (verify.total("UrlChecks"), verify.total("UrlChecksRefused"));
    assert_eq!(counted, of_verify);
    assert_eq!((push.total("Accepted"), push.total("Rejected")), of_push);
    assert_eq!(push.total("Received"), of_push.0 + of_push.1);
    let malformed = no_requests().len() as u64;
    for (metrics, name) in [(&verify, "UrlChecksRefused"), (&push, "Rejected")] {
        let counted = metrics.of(name, "Reason", "malformed_request");
        assert_eq!(counted, malformed, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_makes_another_function_panic() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let staging = queues.create_fifo("staging").await;
    let config = Config::without_targets();
    let file = config.file();
    let environment = [
        ("THINGRELAY_CONFIG_FILE", file.to_str().unwrap()),
        ("THINGRELAY_STAGING_QUEUE_URL", &staging),
        ("THINGRELAY_QUARANTINE_QUEUE_URL", &staging),
    ];
    let mut names = vec!["consumer", "ckafka", "tuya"];
    // Without a C compiler, the program is not built.
    let is_all = std::env::var_os("THINGRELAY_TEST_ALL").is_some();
    if is_all || program("ckafka-pull").exists() {
        names.push("ckafka-pull");
    }
    for name in names {
        let function = Function::start(name, &environment, 1).await;
        for text in no_requests() {
            let outcome: Outcome = function.invoke_text(text.clone(), LIMIT).await;
            let answer = outcome.unwrap_or_else(|error| error).to_string();
            assert!(!answer.contains("panic"), "{name}: {answer} of {text:.200}");
        }
        for line in function.end().await {
            assert!(!line.contains("panicked"), "{name}: {line}");
        }
    }
}
