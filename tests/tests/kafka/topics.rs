//! Topics that grow, that are created and deleted, and that may not be read.

use std::collections::BTreeSet;
use std::time::Duration;

use thingrelay_tests::kafka::{Kafka, Outgoing};
use thingrelay_tests::metrics::Log;

use crate::access::{Access, table};
use crate::reports::{assert_complete_and_in_order, place, report, reports};
use crate::setting::{LIMIT, PLANT, Setting, begin_to_pull, fresh, growing, pull};

/// How the user logs in.
const ACCESS: Access = Access::Sasl("PLAIN");

/// How long a window lasts at least if it has to report an unread topic.
const TELLING: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_grows_is_pulled_whole() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 2).await;
    let function = setting.function().await;
    setting.produce(10, 0..2).await;
    setting.pull_in_windows(&function).await;
    kafka.grow_topic(&setting.topic, 5).await;
    let in_each = (0..5).map(|partition| {
        let device = format!("device-of-{partition}");
        Outgoing::at(partition, report(&device, 0))
    });
    let in_each: Vec<Outgoing> = in_each.collect();
    let expected = kafka.produce(&setting.topic, &in_each).await;
    setting.pull_in_windows(&function).await;
    let places: BTreeSet<_> = setting.records().await.iter().map(place).collect();
    assert_eq!(places.len(), 25);
    assert!(places.is_superset(&expected.into_iter().collect()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_added_is_pulled_from_the_next_window_on() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 2).await;
    let added = fresh("added");
    kafka.create_topic(&added, 3).await;
    let function = setting.function().await;
    setting.produce(10, 0..2).await;
    setting.pull_in_windows(&function).await;
    // The previous program was not told to end, as Lambda tells no program to end.
    let topics = [setting.topic.as_str(), &added];
    let sources = table(PLANT, &topics, &setting.group, &ACCESS.lines(kafka));
    let (function, _config) = setting.function_of(&sources).await;
    setting.produce(10, 2..4).await;
    kafka.produce(&added, &reports(10, 4..6)).await;
    let window = begin_to_pull(&function);
    setting.until_committed().await;
    kafka.until_committed(&setting.group, &added, LIMIT).await;
    window.abort();
    assert_eq!(setting.staged(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sources_share_a_group() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 2).await;
    let other = fresh("other");
    kafka.create_topic(&other, 2).await;
    let lines = ACCESS.lines(kafka);
    let sources = [
        table(PLANT, &[&setting.topic], &setting.group, &lines),
        table("other", &[&other], &setting.group, &lines),
    ];
    let (function, _config) = setting.function_of(&sources.concat()).await;
    setting.produce(10, 0..10).await;
    kafka.produce(&other, &reports(10, 0..10)).await;
    let window = begin_to_pull(&function);
    setting.until_committed().await;
    kafka.until_committed(&setting.group, &other, LIMIT).await;
    window.abort();
    let mut records = setting.records().await;
    let of_other = records.extract_if(.., |record| record.provenance["source"] == "other");
    assert_complete_and_in_order(&of_other.collect::<Vec<_>>(), 10, 10);
    assert_complete_and_in_order(&records, 10, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_not_read_does_not_keep_the_others_of_its_source() {
    let kafka = Kafka::shared().await;
    let (present, forbidden, unreadable) = (fresh("one"), fresh("two"), fresh("three"));
    for topic in [&present, &forbidden, &unreadable] {
        kafka.create_topic(topic, 2).await;
    }
    kafka.forbid_topic(&forbidden).await;
    kafka.forbid_reading(&unreadable).await;
    let lines = ACCESS.lines(kafka);
    let of = |name: &str, topic: &str| {
        let topics = [present.as_str(), topic];
        table(name, &topics, &fresh("relay"), &lines)
    };
    let missing = fresh("missing");
    let sources = [
        of("with-missing", &missing),
        of("with-forbidden", &forbidden),
        of("with-unreadable", &unreadable),
    ];
    let setting = Setting::of(kafka, 1, ACCESS, &sources.concat()).await;
    kafka.produce(&present, &reports(10, 0..5)).await;
    let mut logs = Vec::new();
    let told = |logs: &[Log], name: &str, source: &str| -> u64 {
        let counts = logs
            .iter()
            .map(|log| log.metrics.of(name, "Source", source));
        counts.sum()
    };
    let is_done = |logs: &[Log]| {
        setting.staged() == 150
            && told(logs, "Unreachable", "with-missing") > 0
            && told(logs, "CredentialsRefused", "with-forbidden") > 0
            && told(logs, "CredentialsRefused", "with-unreadable") > 0
    };
    for length in growing(TELLING) {
        let function = setting.function().await;
        pull(&function, length).await.unwrap();
        logs.push(Log::of(&function.end().await));
        if is_done(&logs) {
            break;
        }
    }
    assert!(is_done(&logs), "{} staged, {logs:#?}", setting.staged());
    let mut records = setting.records().await;
    for source in ["with-missing", "with-forbidden", "with-unreadable"] {
        let of_source = records.extract_if(.., |record| record.provenance["source"] == source);
        assert_complete_and_in_order(&of_source.collect::<Vec<_>>(), 10, 5);
    }
}
