//! The counters add up, whatever happens to the messages.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;
use sqs_server::{Options, Server};
use thingrelay_tests::cloud::{consume_batch, request, request_signed};
use thingrelay_tests::config::{Config, HOMES_TOKEN, METERS_FORMER_TOKEN, METERS_TOKEN};
use thingrelay_tests::deadline::until;
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::http::exchange;
use thingrelay_tests::lambda::Function;
use thingrelay_tests::message::report;
use thingrelay_tests::metrics::{Log, Metrics};
use thingrelay_tests::platform::{Platform, Triple, unix_now};
use thingrelay_tests::process::Launch;
use thingrelay_tests::queue::{Queues, url_at};

const LIMIT: Duration = Duration::from_secs(60);

/// The functions' real programs, and a proxy in front of each queue to which they send.
struct Setting {
    server: Server,
    queues: Queues,
    staging: String,
    dead: String,
    before_staging: Faulty,
    before_events: Faulty,
    before_quarantine: Faulty,
    push: Function,
    consumer: Function,
    _config: Config,
}

impl Setting {
    async fn new() -> Setting {
        let server = Server::start(Options::default()).await.unwrap();
        let queues = Queues::at(&server.endpoint());
        let staging = queues.create_fifo("staging").await;
        let dead = queues.create_fifo("dead").await;
        let events = queues.create_fifo("events").await;
        let quarantine = queues.create_standard("quarantine").await;
        let before_staging = Faulty::start(queues.endpoint(), Mode::Up, 1).await;
        let before_events = Faulty::start(queues.endpoint(), Mode::Up, 2).await;
        let before_quarantine = Faulty::start(queues.endpoint(), Mode::Up, 3).await;
        let config = Config::with_target(&url_at(&before_events.endpoint(), &events));
        let file = config.file().to_string_lossy().into_owned();
        let staging_by_proxy = url_at(&before_staging.endpoint(), &staging);
        let quarantine_by_proxy = url_at(&before_quarantine.endpoint(), &quarantine);
        let of_push = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", &staging_by_proxy),
            ("THINGRELAY_METRICS_NAMESPACE", "thingrelay/accounting"),
            // Metrics do not depend on the log level.
            ("AWS_LAMBDA_LOG_LEVEL", "ERROR"),
        ];
        let of_consumer = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", &staging),
            ("THINGRELAY_QUARANTINE_QUEUE_URL", &quarantine_by_proxy),
        ];
        let setting = Setting {
            push: Function::start("push", &of_push, 2).await,
            consumer: Function::start("consumer", &of_consumer, 1).await,
            server,
            queues,
            staging,
            dead,
            before_staging,
            before_events,
            before_quarantine,
            _config: config,
        };
        setting.set_max_receives(1000).await;
        setting
    }

    /// Sets after how many receives a message becomes a dead letter.
    async fn set_max_receives(&self, count: u32) {
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{}", name_of(&self.dead));
        let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": count}).to_string();
        let attributes = self.queues.client().set_queue_attributes();
        let attributes = attributes
            .queue_url(&self.staging)
            .attributes(QueueAttributeName::RedrivePolicy, redrive);
        attributes.send().await.unwrap();
    }

    /// Pushes, and checks the status of the answer.
    async fn push(&self, source: &str, token: &str, body: &[u8], status: u64) {
        let answer = request(&self.push, "POST", source, &[], token, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }

    async fn push_signed(&self, triple: &Triple, status: u64) {
        let body = report("d", 0, unix_now(), 0);
        let answer = request_signed(&self.push, "POST", "meters", &[], triple, &body).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }

    /// The number of messages on a queue.
    fn depth(&self, url: &str) -> u64 {
        let depth = self.server.depth(name_of(url)).unwrap();
        u64::try_from(depth.visible + depth.in_flight + depth.delayed).unwrap()
    }

    /// Hands batches to the consumer until the staging queue is empty.
    async fn consume(&self) {
        until(LIMIT, "an empty staging queue", || async {
            consume_batch(&self.queues, &self.staging, &self.consumer).await;
            (self.depth(&self.staging) == 0).then_some(())
        })
        .await;
    }
}

fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_between_the_counters() {
    let setting = Setting::new().await;
    let now = unix_now();
    let message = |device: &str, seq| report(device, seq, now, seq);

    // Valid messages of three devices; some are sent twice, and one is signed with the former
    // token.
    for seq in 0..4 {
        for device in ["a", "b", "c"] {
            setting
                .push("meters", METERS_TOKEN, &message(device, seq), 200)
                .await;
        }
    }
    for device in ["a", "b", "c"] {
        setting
            .push("meters", METERS_TOKEN, &message(device, 0), 200)
            .await;
    }
    setting
        .push("meters", METERS_FORMER_TOKEN, &message("a", 4), 200)
        .await;
    setting
        .push("homes", HOMES_TOKEN, &message("h", 0), 200)
        .await;

    // Invalid messages.
    for _ in 0..3 {
        setting
            .push("meters", HOMES_TOKEN, &message("forged", 0), 401)
            .await;
    }
    let stale = Triple::sign(METERS_TOKEN, &(now - 3600).to_string(), "nonce");
    setting.push_signed(&stale, 401).await;
    setting.push_signed(&stale, 401).await;
    let malformed = Triple {
        signature: "none".to_owned(),
        ..Triple::now(METERS_TOKEN)
    };
    setting.push_signed(&malformed, 400).await;
    for source in ["nobody", "somebody", "../meters"] {
        setting
            .push(source, METERS_TOKEN, &message("a", 0), 404)
            .await;
    }
    setting
        .push("meters", METERS_TOKEN, &vec![b' '; 768_001], 413)
        .await;

    // Genuine messages that are unreadable.
    for body in [&b""[..], b"no JSON", b"\xff\xfe"] {
        setting.push("meters", METERS_TOKEN, body, 200).await;
    }

    // Staging is down for a while; some messages are sent again afterwards.
    setting.before_staging.set(Mode::Down);
    for seq in 5..9 {
        setting
            .push("meters", METERS_TOKEN, &message("a", seq), 503)
            .await;
    }
    setting.before_staging.set(Mode::Up);
    for seq in 5..7 {
        setting
            .push("meters", METERS_TOKEN, &message("a", seq), 200)
            .await;
    }

    // The target is down for a while.
    setting.before_events.set(Mode::Down);
    consume_batch(&setting.queues, &setting.staging, &setting.consumer).await;
    setting.before_events.set(Mode::Up);
    setting.consume().await;

    // Quarantine is down, and the unreadable messages exceed their number of receives.
    setting.before_quarantine.set(Mode::Down);
    setting.set_max_receives(1).await;
    for body in [&b"dead"[..], b"dead too"] {
        setting.push("meters", METERS_TOKEN, body, 200).await;
    }
    setting.consume().await;

    // Some messages are still under way.
    for seq in 20..22 {
        setting
            .push("meters", METERS_TOKEN, &message("a", seq), 200)
            .await;
    }

    let (dead, under_way) = (
        setting.depth(&setting.dead),
        setting.depth(&setting.staging),
    );
    let duplicates = setting
        .server
        .duplicates(name_of(&setting.staging))
        .unwrap();
    assert_eq!((dead, under_way, duplicates), (2, 2, 3));

    let pushed = Log::of(&setting.push.end().await).metrics;
    let consumed = Log::of(&setting.consumer.end().await).metrics;
    // 12 + 3 + 2 valid, 10 invalid, 3 unreadable, 4 + 2 in the outage, 2 dead, 2 under way.
    assert_eq!(pushed.total("Received"), 40, "{pushed:?}");
    assert_eq!(
        pushed.total("Received"),
        pushed.total("Rejected") + pushed.total("Unavailable") + pushed.total("Accepted"),
        "{pushed:?}"
    );
    assert_eq!(
        pushed.total("Accepted"),
        duplicates + consumed.total("Forwarded") + consumed.total("Quarantined") + dead + under_way,
        "{pushed:?} {consumed:?}"
    );
    let expected = [
        (&pushed, "Accepted", 26),
        (&pushed, "Unavailable", 4),
        (&pushed, "Rejected", 10),
        (&pushed, "PreviousToken", 1),
        (&consumed, "Forwarded", 16),
        (&consumed, "Events", 16),
        (&consumed, "Quarantined", 3),
    ];
    for (metrics, name, count) in expected {
        assert_eq!(metrics.total(name), count, "{name} in {metrics:?}");
    }
    assert!(consumed.total("HandedBack") > 0, "{consumed:?}");
    assert_parts(&pushed, &consumed);
}

/// The sums by source and by reason match the totals, and nothing else is counted.
fn assert_parts(pushed: &Metrics, consumed: &Metrics) {
    let reasons = BTreeMap::from([
        ("bad_signature", 3),
        ("body_too_large", 1),
        ("malformed_header", 1),
        ("stale", 2),
        ("unknown_source", 3),
    ]);
    assert_eq!(pushed.by("Rejected", "Reason"), reasons);
    let sources = BTreeMap::from([("homes", 1), ("meters", 36), ("unknown", 3)]);
    assert_eq!(pushed.by("Received", "Source"), sources);
    assert_eq!(consumed.of("Forwarded", "Source", "homes"), 1);
    assert_eq!(consumed.of("Quarantined", "Reason", "not_json"), 3);
    let handed_back = consumed.by("HandedBack", "Reason");
    assert!(handed_back["target_unavailable"] > 0, "{handed_back:?}");
    assert!(handed_back["quarantine_unavailable"] > 0, "{handed_back:?}");
    let of_push = [
        "Accepted",
        "PreviousToken",
        "Received",
        "Rejected",
        "Unavailable",
    ];
    assert_eq!(pushed.names(), of_push);
    let of_consumer = [
        "Delivered",
        "Events",
        "Forwarded",
        "HandedBack",
        "Matched",
        "Postponed",
        "Quarantined",
    ];
    assert_eq!(consumed.names(), of_consumer);
    let of_target = |name: &str| consumed.of(name, "Target", "events");
    assert_eq!(of_target("Delivered"), consumed.total("Events"));
    assert_eq!(
        of_target("Matched"),
        of_target("Delivered") + of_target("Postponed")
    );
    for (metrics, name) in [(pushed, "Rejected"), (consumed, "Quarantined")] {
        for dimension in ["Source", "Reason"] {
            let sum: u64 = metrics.by(name, dimension).values().sum();
            assert_eq!(sum, metrics.total(name), "{name} by {dimension}");
        }
    }
}

#[tokio::test]
async fn a_local_run_ends_with_its_balance() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let forger = Platform::new(relay.address, "meters", HOMES_TOKEN);
    let bodies = [
        report("a", 1, 1, 1),
        report("a", 1, 1, 1),
        report("b", 1, 1, 1),
        b"no JSON".to_vec(),
    ];
    for body in &bodies {
        assert_eq!(platform.push(body).await.unwrap().status, 200);
    }
    assert_eq!(forger.push(&bodies[0]).await.unwrap().status, 401);
    let put = "PUT /meters HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = exchange(relay.address, put.as_bytes()).await.unwrap();
    assert_eq!(answer.status, 405);
    relay.events_until(2, LIMIT).await;
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert!(status.success());
    let balance = written
        .stderr
        .iter()
        .filter(|line| line.starts_with("balance "));
    let balance: Vec<&str> = balance.map(String::as_str).collect();
    let expected = [
        "balance received 6 = rejected 2 + unavailable 0 + accepted 4",
        "balance accepted 4 = duplicates 1 + forwarded 2 + quarantined 1 + dead 0 + under way 0",
        "balance of target events: matched 2 = delivered 2 + refused 0 + postponed 0",
    ];
    assert_eq!(balance, expected, "{:#?}", written.stderr);
}

#[tokio::test]
async fn a_second_run_counts_what_the_first_has_left() {
    // Nothing listens at the target's address, so accepted messages are not forwarded.
    let config = Config::with_target("http://127.0.0.1:1/000000000000/nowhere.fifo");
    let launch = || Launch::new().config(&config.file()).data(&config.data());
    let mut ends = Vec::new();
    for seq in [1, 2] {
        let relay = launch().visibility_timeout(1).start().await;
        let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
        assert_eq!(
            platform.push(&report("a", seq, 1, 1)).await.unwrap().status,
            200
        );
        // The second signal ends the process at once.
        relay.process.signal("TERM").await;
        let mut process = relay.process;
        process.until_told("left to forward", LIMIT).await;
        process.signal("TERM").await;
        let (_, written) = process.ended(LIMIT).await;
        ends.push(written.stderr);
    }
    let expected = [
        "balance accepted 1 = duplicates 0 + forwarded 0 + quarantined 0 + dead 0 + under way 1",
        "balance accepted 1 + left of the last run 1 = duplicates 0 + forwarded 0 + quarantined 0 \
         + dead 0 + under way 2",
    ];
    for (end, expected) in ends.iter().zip(expected) {
        assert!(
            end.iter().any(|line| line == expected),
            "{expected} in {end:#?}"
        );
    }
}
