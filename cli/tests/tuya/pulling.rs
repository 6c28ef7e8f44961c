//! `thingrelay pull tuya`.

use crate::{
    broker::{Broker, Deed, Part, sent},
    process::{Lines, Relay},
    source::{ACCESS_ID, ACCESS_KEY, config, everything, report, thingrelay},
};
use aws_credential_types::Credentials;
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Region},
    types::QueueAttributeName,
};
use sqs_server::{Options, Server};
use thingrelay_tests::searched::Searched;
use tokio::runtime::Runtime;

const QUEUE: &str = "staging.fifo";

/// A queue server with a staging queue, and the queue's URL.
fn queue_server(runtime: &Runtime) -> (Server, String) {
    runtime.block_on(async {
        let server = Server::start(Options::default()).await.unwrap();
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .endpoint_url(server.endpoint())
            .build();
        let call = Client::from_conf(config).create_queue().queue_name(QUEUE);
        let call = call.attributes(QueueAttributeName::FifoQueue, "true");
        let made = call.send().await.unwrap();
        (server, made.queue_url.unwrap())
    })
}

fn pull(config: &str, staging: &str) -> Relay {
    let arguments = [
        "pull",
        "tuya",
        "--config",
        config,
        "--staging-queue",
        staging,
    ];
    let mut child = thingrelay(&arguments).spawn().unwrap();
    Relay {
        stdout: child.stdout.take().map(Lines::read),
        stderr: Lines::read(child.stderr.take().unwrap()),
        starting: Vec::new(),
        child,
    }
}

#[test]
fn what_comes_is_staged_acknowledged_and_counted_until_a_signal() {
    let runtime = Runtime::new().unwrap();
    let (server, url) = queue_server(&runtime);
    // The second client is the same pull, after the loss of its first connection.
    let broker = Broker::start(|number, _| match number {
        0 => Part::DeliverAndLeave(Vec::new()),
        _ => Part::Deliver(vec![report(1), report(2), report(3)]),
    });
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path(), &broker.url(), "");
    let mut pull = pull(&config, &url);
    let told = pull.stderr.until(|line| line.starts_with("staging queue "));
    let pulled = format!(
        "pulling source house from {}, persistent://{ACCESS_ID}/out/event",
        broker.url()
    );
    assert_eq!(told, [pulled, format!("staging queue {url}")]);
    pull.stderr.until(|line| line.contains("connected"));

    let mut acknowledged = Vec::new();
    while acknowledged.len() < 3 {
        let deeds = broker.until(|deed| matches!(deed, Deed::Sent(_)));
        for ack in sent(&deeds) {
            acknowledged.push(ack["messageId"].as_str().unwrap().to_owned());
        }
    }
    acknowledged.sort_unstable();
    assert_eq!(acknowledged, ["CAcQ1", "CAcQ2", "CAcQ3"]);
    assert_eq!(server.depth(QUEUE).unwrap().visible, 3);

    pull.terminate();
    broker.until(|deed| *deed == Deed::Left);
    assert_eq!(pull.ended(), Some(0));
    let told = pull.stderr.rest();
    for line in [
        "pulled 3, staged 3, acknowledged 3, given back 0, connections 2",
        "counted received source=house: 3",
        "counted accepted source=house: 3",
        "counted connected source=house: 2",
    ] {
        assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
    }
    assert!(pull.stdout().rest().is_empty());
    runtime.block_on(server.stop());
}

#[test]
fn refusals_are_told_and_do_not_end_it() {
    let broker = Broker::start(|_, _| Part::Refuse(401));
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path(), &broker.url(), "");
    let mut pull = pull(&config, "http://127.0.0.1:1/000000000000/staging.fifo");
    let told = pull
        .stderr
        .until(|line| line.contains("credentials refused"));
    let told = told.concat();
    assert!(
        told.contains("access_id") && !told.contains(ACCESS_KEY),
        "{told}"
    );
    pull.terminate();
    assert_eq!(pull.ended(), Some(0));
}

#[test]
fn what_it_cannot_start_with_is_said_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let house = config(directory.path(), "ws://127.0.0.1:1", "");
    let broken = directory.path().join("broken.toml");
    std::fs::write(&broken, "[sources.house]\nplatform = \"tuya\"\n").unwrap();
    let broken = broken.to_string_lossy().into_owned();
    let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo";
    let cases: [(Vec<&str>, i32, &str); 6] = [
        (vec!["--config", &house], 2, "--staging-queue"),
        (vec!["--staging-queue", queue], 2, "--config"),
        (
            vec!["--config", &house, "--staging-queue", "queue"],
            2,
            "expected the URL of a queue",
        ),
        (
            vec![
                "--config",
                &house,
                "--staging-queue",
                "http://127.0.0.1:1/0/staging",
            ],
            2,
            "FIFO",
        ),
        (
            vec!["--config", &broken, "--staging-queue", queue],
            1,
            "sources.house.access_id: is missing",
        ),
        (
            vec!["--config", "no-such-file", "--staging-queue", queue],
            1,
            "no-such-file",
        ),
    ];
    for (arguments, code, expected) in cases {
        let output = thingrelay(&[&["pull", "tuya"][..], &arguments].concat())
            .searched()
            .unwrap();
        let told = everything(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
}
