//! Every way to log in, and logins that fail: a problem with one source is reported, and does not
//! stop the other sources.

use std::net::TcpListener;
use std::time::Duration;

use futures::future::join_all;
use thingrelay_tests::kafka::{Kafka, PASSWORD};
use thingrelay_tests::metrics::Log;

use crate::access::{Access, UNCHECKED, brokers, identity, login, pem, table};
use crate::reports::assert_complete_and_in_order;
use crate::setting::{PLANT, Setting, fresh, growing, pull};

/// How long a window lasts at least if it has to report something: longer than joining a group may
/// take.
const TELLING: Duration = Duration::from_secs(14);

#[tokio::test(flavor = "multi_thread")]
async fn every_way_in_is_open_to_the_user() {
    let kafka = Kafka::shared().await;
    let ways = [
        Access::Open,
        Access::Ssl,
        Access::Sasl("PLAIN"),
        Access::Sasl("SCRAM-SHA-256"),
        Access::Sasl("SCRAM-SHA-512"),
        Access::SaslSsl("PLAIN"),
        Access::SaslSsl("SCRAM-SHA-256"),
        Access::SaslSsl("SCRAM-SHA-512"),
        Access::Mutual,
    ];
    join_all(ways.map(|access| async move {
        let setting = Setting::of(kafka, 1, access, "").await;
        setting.produce(5, 0..4).await;
        setting.pull_all(20).await;
        assert_complete_and_in_order(&setting.records().await, 5, 4);
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_broker_serves_as_well() {
    let kafka = &Kafka::start_older().await;
    let ways = [
        Access::Open,
        Access::Ssl,
        Access::Sasl("PLAIN"),
        Access::SaslSsl("PLAIN"),
        Access::Mutual,
    ];
    join_all(ways.map(|access| async move {
        let setting = Setting::of(kafka, 2, access, "").await;
        let mut function = setting.function().await;
        for round in 0..3 {
            setting.produce(10, round * 10..round * 10 + 10).await;
            setting.pull_in_windows(&function).await;
            if round == 1 {
                function.kill();
                function = setting.function().await;
            }
        }
        assert_complete_and_in_order(&setting.records().await, 10, 30);
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_and_other_sources_go_on() {
    const WRONG: &str = "another-password-of-nobody";
    let kafka = Kafka::shared().await;
    // The port is bound, and no connection is accepted; it is closed at once.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let deaf = deaf.local_addr().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let (missing, present) = ("a-topic-that-is-not-there", &fresh("present"));
    let (forbidden_topic, forbidden_group) = (&fresh("forbidden"), &fresh("forbidden"));
    for topic in [present, forbidden_topic] {
        kafka.create_topic(topic, 1).await;
    }
    kafka.forbid_group(forbidden_group).await;
    kafka.forbid_topic(forbidden_topic).await;
    let by_sasl = |address, mechanism, password| {
        let security = "security = \"sasl_plaintext\"\n";
        brokers(address) + security + &login(mechanism, password)
    };
    let good = &Access::Sasl("PLAIN").lines(kafka);
    let wrong = |mechanism| by_sasl(kafka.sasl(), mechanism, WRONG);
    let at = |address| by_sasl(address, "PLAIN", PASSWORD);
    // The authority of the certificate is not among those of the system.
    let untrusted = brokers(kafka.sasl_ssl()) + "security = \"sasl_ssl\"\n";
    let untrusted = untrusted + &login("PLAIN", PASSWORD);
    let mutual = brokers(kafka.mutual()) + "security = \"ssl\"\n" + &pem("ca", kafka.authority());
    let nameless = mutual.clone() + &identity(kafka);
    let no_certificate = mutual + UNCHECKED;
    let tables = [
        table("wrong-plain", &[present], "g1", &wrong("PLAIN")),
        table("wrong-scram", &[present], "g2", &wrong("SCRAM-SHA-512")),
        table("no-topic", &[missing], "g3", good),
        table("no-right-to-group", &[present], forbidden_group, good),
        table("no-right-to-topic", &[forbidden_topic], "g5", good),
        table("closed", &[present], "g6", &at(closed.unwrap())),
        table("deaf", &[present], "g7", &at(deaf)),
        table("untrusted", &[present], "g8", &untrusted),
        table("nameless", &[present], "g9", &nameless),
        table("no-certificate", &[present], "g10", &no_certificate),
    ]
    .concat();
    let expected = [
        ("wrong-plain", "ERROR", "credentials refused"),
        ("wrong-scram", "ERROR", "credentials refused"),
        ("no-topic", "WARN", missing),
        ("no-right-to-group", "ERROR", "Group authorization failed"),
        ("no-right-to-topic", "ERROR", "Topic authorization failed"),
        ("closed", "WARN", "broker unreachable"),
        ("deaf", "WARN", "broker unreachable"),
        ("untrusted", "WARN", "broker unreachable"),
        ("nameless", "WARN", "broker unreachable"),
        ("no-certificate", "WARN", "broker unreachable"),
    ];
    let setting = Setting::of(kafka, 2, Access::Sasl("PLAIN"), &tables).await;
    setting.produce(10, 0..10).await;
    let mut told = Told::default();
    let is_told = |told: &Told| {
        let mut all = expected.iter();
        all.all(|(source, level, words)| told.of(source, level, words))
    };
    for length in growing(TELLING) {
        let function = setting.function().await;
        pull(&function, length).await.unwrap();
        told.add(&function.end().await);
        let is_pulled = kafka.has_committed(&setting.group, &setting.topic).await;
        if is_pulled && is_told(&told) {
            break;
        }
    }
    for (source, level, words) in expected {
        told.check(source, level, words);
        let name = match level {
            "ERROR" => "CredentialsRefused",
            _ => "Unreachable",
        };
        assert!(told.count(name, source) > 0, "{source}: {:?}", told.logs);
    }
    for source in [PLANT, "untrusted", "deaf", "closed", "no-topic"] {
        assert_eq!(told.count("CredentialsRefused", source), 0);
    }
    assert!(kafka.has_committed(&setting.group, &setting.topic).await);
    assert_complete_and_in_order(&setting.records().await, 10, 10);
    for line in told.lines() {
        for password in [PASSWORD, WRONG] {
            assert!(!line.contains(password), "a password in {line}");
        }
    }
}

/// The log lines of one window and of another.
#[derive(Default)]
struct Told {
    logs: Vec<Log>,
}

impl Told {
    fn add(&mut self, lines: &[String]) {
        self.logs.push(Log::of(lines));
    }

    fn lines(&self) -> impl Iterator<Item = &String> {
        self.logs.iter().flat_map(|log| &log.lines)
    }

    /// Whether there is a line about a source.
    fn of(&self, source: &str, level: &str, words: &str) -> bool {
        let wanted = [source, level, words];
        self.lines()
            .any(|line| wanted.iter().all(|word| line.contains(word)))
    }

    fn check(&self, source: &str, level: &str, words: &str) {
        assert!(
            self.of(source, level, words),
            "nothing of {level} {words:?} about {source}: {:#?}",
            self.lines().collect::<Vec<_>>()
        );
    }

    fn count(&self, name: &str, source: &str) -> u64 {
        let counts = self.logs.iter();
        counts
            .map(|log| log.metrics.of(name, "Source", source))
            .sum()
    }
}
