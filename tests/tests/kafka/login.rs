//! Every way in, and those that are closed: what is wrong with a source is said, and ends nothing
//! else.

use std::net::TcpListener;
use std::time::Duration;

use thingrelay_tests::kafka::{Kafka, PASSWORD, USER};
use thingrelay_tests::metrics::Log;

use crate::setting::{
    Access, LIMIT, PLANT, Setting, acknowledged, assert_complete_and_in_order, begin_to_pull,
    brokers, fresh, pull, pull_in_windows, reports, table,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_way_in_is_open_to_the_user() {
    let kafka = Kafka::shared().await;
    for access in [
        Access::Open,
        Access::Sasl("PLAIN"),
        Access::Sasl("SCRAM-SHA-256"),
        Access::Sasl("SCRAM-SHA-512"),
        Access::SaslSsl("PLAIN"),
        Access::SaslSsl("SCRAM-SHA-512"),
    ] {
        let setting = Setting::of(kafka, 1, access, "").await;
        setting.produce(5, 0..4).await;
        setting.pull_all(20).await;
        assert_complete_and_in_order(&setting.records().await, 5, 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_broker_serves_as_well() {
    let kafka = Kafka::start_older().await;
    for access in [Access::Sasl("PLAIN"), Access::SaslSsl("PLAIN")] {
        let setting = Setting::of(&kafka, 2, access, "").await;
        let mut function = setting.function(1).await;
        for round in 0..3 {
            setting.produce(10, round * 10..round * 10 + 10).await;
            pull_in_windows(&function, 100).await;
            if round == 1 {
                function.kill();
                function = setting.function(1).await;
            }
        }
        setting.until_committed().await;
        assert_complete_and_in_order(&setting.records().await, 10, 30);
        assert_eq!(setting.repeated(), 0);
    }
}

/// The lines about a source, and what one of them must tell of.
fn assert_told(log: &Log, source: &str, level: &str, words: &[&str]) {
    let about =
        |line: &&String| line.contains(level) && words.iter().all(|word| line.contains(word));
    let told = log.lines.iter().filter(|line| line.contains(source));
    let told: Vec<&String> = told.collect();
    let count = told.iter().copied().filter(about).count();
    assert!(
        count > 0,
        "nothing of {level} {words:?} about {source}: {:#?}",
        log.lines
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_topic_does_not_keep_the_others_of_its_source() {
    let kafka = Kafka::shared().await;
    let present = fresh("present");
    kafka.create_topic(&present, 2).await;
    let source = table(
        "two",
        &format!("{present}\", \"a-missing-topic"),
        &fresh("relay"),
        &Access::Sasl("PLAIN").lines(kafka),
    );
    let setting = Setting::of(kafka, 1, Access::Sasl("PLAIN"), &source).await;
    kafka.produce(&present, &reports(10, 0..5)).await;
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, LIMIT);
    setting.until_staged(50).await;
    window.abort();
    let _ = window.await;
    let log = Log::of(&function.end().await);
    assert_told(&log, "two", "WARN", &["a-missing-topic"]);
    assert_complete_and_in_order(&setting.records().await, 10, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_and_other_sources_go_on() {
    let kafka = Kafka::shared().await;
    // Bound, and nobody accepts; closed at once.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let login = |mechanism: &str, password: &str| {
        format!(
            "security = \"sasl_plaintext\"\nmechanism = \"{mechanism}\"\nusername = \
             \"{USER}\"\npassword = \"{password}\"\n"
        )
    };
    let at = |address, mechanism, password| {
        let brokers = brokers(address);
        let login = login(mechanism, password);
        format!("{brokers}{login}")
    };
    const WRONG: &str = "another-password-of-nobody";
    let topic = "a-topic-that-is-not-there";
    let by_tls = brokers(kafka.sasl_ssl());
    let tls = login("PLAIN", PASSWORD).replace("plaintext", "ssl");
    let tables = [
        table(
            "wrong-plain",
            topic,
            "g1",
            &at(kafka.sasl(), "PLAIN", WRONG),
        ),
        table(
            "wrong-scram",
            topic,
            "g2",
            &at(kafka.sasl(), "SCRAM-SHA-512", WRONG),
        ),
        table(
            "no-topic",
            topic,
            "g3",
            &at(kafka.sasl(), "PLAIN", PASSWORD),
        ),
        table(
            "closed",
            topic,
            "g4",
            &at(closed.unwrap(), "PLAIN", PASSWORD),
        ),
        table(
            "deaf",
            topic,
            "g5",
            &at(deaf.local_addr().unwrap(), "PLAIN", PASSWORD),
        ),
        // Its authority is not among those of the system.
        table("stranger", topic, "g6", &format!("{by_tls}{tls}")),
    ]
    .concat();
    let setting = Setting::of(kafka, 2, Access::Sasl("PLAIN"), &tables).await;
    setting.produce(10, 0..10).await;
    let function = setting.function(1).await;
    let outcome = pull(&function, Duration::from_secs(14)).await;
    assert_eq!(acknowledged(&outcome), 100);
    setting.until_committed().await;
    let log = Log::of(&function.end().await);
    for source in ["wrong-plain", "wrong-scram"] {
        assert_told(&log, source, "ERROR", &["credentials refused"]);
        assert!(log.metrics.of("CredentialsRefused", "Source", source) > 0);
    }
    assert_told(&log, "no-topic", "WARN", &[topic]);
    for source in ["closed", "deaf", "stranger"] {
        assert_told(&log, source, "WARN", &["broker unreachable"]);
        let count = log.metrics.of("Unreachable", "Source", source);
        assert!(count > 0, "{source}: {:?}", log.metrics);
    }
    for source in [PLANT, "stranger"] {
        assert_eq!(log.metrics.of("CredentialsRefused", "Source", source), 0);
    }
    assert_eq!(log.metrics.of("Accepted", "Source", PLANT), 100);
    for line in &log.lines {
        for password in [PASSWORD, WRONG] {
            assert!(!line.contains(password), "a password in {line}");
        }
    }
}
