//! What is committed and when, and where a group starts that has committed nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use thingrelay_tests::deadline::until;
use thingrelay_tests::faulty::Mode;
use thingrelay_tests::kafka::{Kafka, Outgoing, Place};
use thingrelay_tests::metrics::Log;
use tokio::time::Instant;

use crate::promptness::Promptness;
use crate::reports::{place, report};
use crate::setting::{LIMIT, PLANT, Setting, begin_to_pull, growing, pull};

/// The time within which staged records are committed.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_staged_is_committed_though_the_topic_falls_silent() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 1).await;
    let function = setting.function().await;
    let window = begin_to_pull(&function);
    let tombstone = Outgoing {
        partition: Some(0),
        ..Outgoing::default()
    };
    let last = [
        ("a report", Outgoing::at(0, report("dev1", 1))),
        ("a tombstone", tombstone),
        ("no JSON", Outgoing::at(0, b"no JSON".to_vec())),
        ("a record too large", Outgoing::at(0, vec![0xff; 1 << 20])),
    ];
    let mut end = 0;
    for (what, record) in last {
        let mut commits = Promptness::of(what, SOON);
        while commits.goes_on(1) {
            let record = std::slice::from_ref(&record);
            kafka.produce(&setting.topic, record).await;
            end += 1;
            setting.until_staged(end as usize).await;
            let staged = Instant::now();
            until(LIMIT, "a commit in a silent topic", || async {
                (setting.committed().await == BTreeMap::from([(0, end)])).then_some(())
            })
            .await;
            commits.took(staged.elapsed());
        }
        commits.check();
    }
    window.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_begins_at_the_earliest_record_that_is_left() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 1).await;
    let one = |count| Outgoing::at(0, report("dev1", count));
    let ten: Vec<Outgoing> = (0..10).map(one).collect();
    let at = |offset| Place {
        partition: 0,
        offset,
    };
    // One group has committed nothing ...
    kafka.produce(&setting.topic, &ten).await;
    kafka.delete_before(&setting.topic, at(4)).await;
    setting.pull_all(6).await;
    // ... and the other was away until its unread records were deleted.
    kafka.produce(&setting.topic, &ten).await;
    kafka.delete_before(&setting.topic, at(15)).await;
    let function = setting.function().await;
    setting.pull_in_windows(&function).await;
    let log = Log::of(&function.end().await);
    let expired = log.metrics.of("Expired", "Source", PLANT);
    assert!(expired > 0, "{:#?}", log.lines);
    let places: Vec<Place> = setting.records().await.iter().map(place).collect();
    let expected: Vec<Place> = (4..10).chain(15..20).map(at).collect();
    assert_eq!(places, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_records_wait_is_told_until_none_does() {
    // The check happens every ten seconds.
    const LOOK: Duration = Duration::from_secs(12);
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 2).await;
    setting.produce(10, 0..1).await;
    let function = setting.function().await;
    setting.pull_in_windows(&function).await;
    drop(function);
    setting.before_staging.set(Mode::Down);
    setting.produce(10, 1..10).await;
    let mut waiting = 0;
    for length in growing(LOOK) {
        let function = setting.function().await;
        pull(&function, length).await.unwrap();
        let log = Log::of(&function.end().await);
        waiting = log.metrics.of("Lag", "Source", PLANT);
        if waiting > 0 {
            break;
        }
    }
    assert!(waiting >= 90, "{waiting}");
    setting.before_staging.set(Mode::Up);
    let function = setting.function().await;
    setting.pull_in_windows(&function).await;
    drop(function);
    let function = setting.function().await;
    pull(&function, LOOK).await.unwrap();
    let log = Log::of(&function.end().await);
    assert_eq!(log.metrics.of("Lag", "Source", PLANT), 0);
}
