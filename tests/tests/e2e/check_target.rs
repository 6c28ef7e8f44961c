//! The command `thingrelay check target`: one test event, and an explanation of the answer.

use std::process::Output;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sqs_server::{Options, Server};
use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::within;
use thingrelay_tests::process::program;
use thingrelay_tests::queue::Queues;
use thingrelay_tests::searched::output_soon;
use thingrelay_tests::webhook::target;
use tokio::net::TcpListener;
use tokio::process::Command;

const LIMIT: Duration = Duration::from_secs(60);

const TARGETS: &str = r#"
[targets.topic]
type = "sns"
topic_arn = "arn:aws:sns:eu-west-1:123456789012:events.fifo"
filters = [{ exact = { device = "meter-7" } }]

[targets.bus]
type = "eventbridge"
event_bus = "arn:aws:events:eu-west-1:123456789012:event-bus/events"

[targets.broken]
type = "sqs"
queue_url = "no URL"
"#;

/// Runs `thingrelay check target NAME` with these variables alone.
async fn check(config: &Config, target: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program("thingrelay"));
    command
        .args(["check", "target", target, "--config"])
        .arg(config.file())
        .env_clear()
        .env("HOME", config.file().parent().unwrap())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied())
        .kill_on_drop(true);
    let checked = within(LIMIT, "the end of check", output_soon(&mut command));
    checked.await.unwrap()
}

fn printed(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr];
    texts.map(|text| String::from_utf8_lossy(text)).concat()
}

/// A service that gives every call this answer, and checks that it sends a test event.
async fn answering(status: u16, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(move |request: Request<Incoming>| async move {
                let call = request.into_body().collect().await?.to_bytes();
                let call = String::from_utf8_lossy(&call).into_owned();
                assert!(call.contains("io.thingrelay.test.v1"), "{call}");
                let answer = Response::builder().status(status);
                Ok::<_, hyper::Error>(answer.body(Full::new(Bytes::from(body))).unwrap())
            });
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    endpoint
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_gets_one_test_event() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    for url in [
        queues.create_fifo("tried").await,
        queues.create_standard("tried").await,
    ] {
        let config = Config::with_target(&url);
        let output = check(&config, "events", &[]).await;
        let printed = printed(&output);
        assert!(output.status.success(), "{printed}");
        let [message] = queues.drain(&url).await.try_into().unwrap();
        let event: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(event["type"], "io.thingrelay.test.v1");
        assert_eq!(event["data"]["test"]["target"], "events");
        let id = event["id"].as_str().unwrap();
        let expected =
            format!("ok       target events: the queue {url} accepted the test event {id} within ");
        assert!(printed.starts_with(&expected), "{printed}");
    }
    let config = Config::with_target(&format!("{}/000000000000/gone.fifo", server.endpoint()));
    let output = check(&config, "events", &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let printed = printed(&output);
    assert!(printed.contains("There is no such queue"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_a_topic_or_an_event_bus_is_explained() {
    const SNS: &str = "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishBatchResult>";
    const END: &str = "</PublishBatchResult></PublishBatchResponse>";
    let sns = |content: &str| -> &'static str { format!("{SNS}{content}{END}").leak() };
    let cases = [
        (
            "topic",
            200,
            sns(
                "<Successful><member><Id>0</Id><MessageId>m</MessageId></member></Successful><Failed/>",
            ),
            true,
            "accepted the test event",
        ),
        (
            "topic",
            403,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>",
            false,
            "sns:Publish",
        ),
        (
            "topic",
            404,
            "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no</Message></Error></ErrorResponse>",
            false,
            "There is no such topic",
        ),
        (
            "topic",
            403,
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>",
            false,
            "AWS refuses the credentials",
        ),
        (
            "topic",
            400,
            "<ErrorResponse><Error><Type>Sender</Type><Code>KMSAccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
            false,
            "kms:GenerateDataKey",
        ),
        (
            "topic",
            502,
            "a proxy",
            false,
            "what stands between this machine and AWS",
        ),
        (
            "bus",
            200,
            r#"{"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}"#,
            true,
            "a bus that does not exist",
        ),
        (
            "bus",
            200,
            r#"{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "AccessDeniedException", "ErrorMessage": "no"}]}"#,
            false,
            "events:PutEvents",
        ),
        (
            "bus",
            200,
            r#"{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "MalformedDetail", "ErrorMessage": "no"}]}"#,
            false,
            "refuses the test event for good",
        ),
    ];
    let config = Config::with_targets(TARGETS);
    for (target, status, body, is_accepted, words) in cases {
        let endpoint = answering(status, body).await;
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let output = check(&config, target, &environment).await;
        let printed = printed(&output);
        assert!(printed.contains(words), "{body}: {printed}");
        assert_eq!(output.status.success(), is_accepted, "{body}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_target_from_being_tried_is_explained() {
    let config = Config::with_targets(TARGETS);
    for (target, words) in [
        ("topic", "There are no AWS credentials"),
        ("broken", "must be the URL of an SQS queue"),
        ("nobody", "the configuration has no target nobody"),
    ] {
        let output = check(&config, target, &[]).await;
        assert_eq!(output.status.code(), Some(1), "{target}");
        let printed = printed(&output);
        assert!(printed.contains(words), "{target}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_a_receiver_is_explained() {
    let cases = [
        (204, "", true, "answered 204 to the test event"),
        (200, "taken", true, "answered 200 to the test event"),
        (302, "", false, "Redirects are not followed"),
        (401, "no\u{1b}[2J", false, "signing_secrets"),
        (410, "", false, "a dead letter at once"),
        (503, "", false, "tried again. Look at the receiver's log"),
    ];
    for (status, body, is_accepted, words) in cases {
        let endpoint = answering(status, body).await;
        let address = endpoint.trim_start_matches("http://").parse().unwrap();
        let config = Config::with_targets(&target(address, ""));
        let output = check(&config, "crm", &[]).await;
        let printed = printed(&output);
        assert!(printed.contains(words), "{status}: {printed}");
        assert!(!printed.contains('\u{1b}'), "{status}: {printed}");
        assert_eq!(output.status.success(), is_accepted, "{status}: {printed}");
    }

    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = unused.local_addr().unwrap();
    drop(unused);
    let settings = target(address, "");
    let forbidden = settings.replace("127.0.0.0/8", "10.0.0.0/8");
    let named = forbidden.replace(
        &address.to_string(),
        &format!("localhost:{}", address.port()),
    );
    let cases = [
        (settings.clone(), "Check that the receiver listens"),
        (forbidden, "allow_networks"),
        (named, "add its network to allow_networks"),
    ];
    for (settings, words) in cases {
        let config = Config::with_targets(&settings);
        let output = check(&config, "crm", &[]).await;
        let printed = printed(&output);
        assert!(
            !output.status.success() && printed.contains(words),
            "{words}: {printed}"
        );
    }
}
