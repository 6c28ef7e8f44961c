//! A problem with a source is reported, with what to check, and does not stop the other sources.

use std::net::TcpListener;
use std::time::Duration;

use thingrelay_tests::metrics::Log;
use thingrelay_tests::pulsar::{Pulsar, Topic};
use thingrelay_tests::tuya::{Access, reports};

use crate::setting::{HOUSE, Setting, pull_until_acknowledged, table};

/// Checks the lines about a source for these words.
fn assert_told(log: &Log, source: &str, level: &str, words: &[&str]) {
    let about =
        |line: &&String| line.contains(level) && words.iter().all(|word| line.contains(word));
    let told = log.lines.iter().filter(|line| line.contains(source));
    let told: Vec<&String> = told.collect();
    let count = told.iter().copied().filter(about).count();
    assert!(
        count > 0,
        "nothing of {words:?} about {source}: {:#?}",
        log.lines
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_and_other_sources_go_on() {
    let pulsar = Pulsar::shared().await;
    let unknown = Access::fresh();
    let wrong_key = Access::fresh();
    pulsar.let_in(&wrong_key.id, &Access::fresh().password());
    // The login succeeds, and the project has no topic.
    let without_topic = Access::fresh();
    pulsar.let_in(&without_topic.id, &without_topic.password());
    // The port is bound, and no connection is accepted; it is closed at the end of the test.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let tables = [
        table("unknown", &pulsar.url(), &unknown, ""),
        table("wrong-key", &pulsar.url(), &wrong_key, ""),
        table("no-topic", &pulsar.url(), &without_topic, ""),
        table("closed", &format!("ws://{closed}"), &unknown, ""),
        table(
            "deaf",
            &format!("ws://{}", deaf.local_addr().unwrap()),
            &unknown,
            "",
        ),
    ]
    .concat();
    let setting = Setting::of(pulsar, &[(HOUSE, "")], &tables).await;
    let house = setting.house();
    let messages = reports(&house.access, 10, 0..10);
    house.project.produce(Topic::Event, &messages).await;
    let function = setting.function(1).await;
    pull_until_acknowledged(&function, Duration::from_secs(8), 100).await;
    assert_eq!(house.backlog().await, 0);
    let log = Log::of(&function.end().await);

    let check = ["access_id", "access_key", "region", "rule"];
    for source in ["unknown", "wrong-key"] {
        assert_told(
            &log,
            source,
            "ERROR",
            &[&["credentials refused", "401"], &check[..]].concat(),
        );
        assert!(log.metrics.of("CredentialsRefused", "Source", source) > 0);
    }
    assert_told(&log, "no-topic", "", &["message service is switched on"]);
    assert_told(&log, "closed", "WARN", &["nothing listens"]);
    assert!(
        log.metrics.of("Unreachable", "Source", "closed") > 0,
        "{:?}",
        log.metrics
    );
    assert_eq!(log.metrics.of("CredentialsRefused", "Source", HOUSE), 0);
    assert_eq!(log.metrics.of("Accepted", "Source", HOUSE), 100);
    for line in &log.lines {
        for access in [&unknown, &wrong_key, &without_topic, &house.access] {
            assert!(!line.contains(&access.key), "a key in {line}");
            assert!(!line.contains(&access.password()), "a password in {line}");
        }
    }
}
