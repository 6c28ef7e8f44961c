//! Outages of the queue, the broker or the function.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use thingrelay_tests::faulty::Mode;
use thingrelay_tests::kafka::{Kafka, Outgoing};
use thingrelay_tests::order;
use tokio::time::Instant;

use crate::reports::{assert_complete_and_in_order, place};
use crate::setting::{
    MARGIN, Setting, acknowledged, begin_to_pull, begin_to_pull_for, growing, pull,
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_committed_while_the_queue_is_down() {
    const DEVICES: usize = 20;
    let kafka = Kafka::shared().await;
    join_all([Mode::Down, Mode::Silent].map(|mode| async move {
        let setting = Setting::new(kafka, 3).await;
        setting.produce(DEVICES, 0..10).await;
        // A record that is too large for the queue is not committed, either.
        let large = Outgoing::at(0, vec![0xff; 8 << 20]);
        let large = kafka.produce(&setting.topic, &[large]).await;
        setting.before_staging.set(mode);
        let function = setting.function().await;
        // The queue is down during the whole first invocation, and comes back in the next.
        let mut received = 0;
        for length in growing(Duration::from_secs(4)) {
            let outcome = pull(&function, length).await;
            assert_eq!(acknowledged(&outcome), 0);
            received = outcome.unwrap()["received"].as_u64().unwrap();
            if received == 201 {
                break;
            }
        }
        assert_eq!(received, 201);
        assert_eq!(setting.committed().await, BTreeMap::new());
        assert_eq!(setting.staged(), 0);
        let window = begin_to_pull(&function);
        setting.until_member().await;
        setting.before_staging.set(Mode::Up);
        setting.until_staged(201).await;
        setting.until_committed().await;
        window.abort();
        let mut records = setting.records().await;
        let before = records.len();
        records.retain(|record| place(record) != large[0]);
        assert_eq!(records.len(), before - 1);
        assert_complete_and_in_order(&records, DEVICES, 10);
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_comes_back_loses_nothing() {
    const DEVICES: usize = 50;
    const WINDOW: Duration = Duration::from_secs(6);
    let kafka = Kafka::start().await;
    let setting = Setting::new(&kafka, 3).await;
    let function = setting.function().await;
    let window = begin_to_pull(&function);
    setting.produce(DEVICES, 0..20).await;
    setting.until_staged(100).await;
    // Some records are staged and not committed, others are received and not staged.
    setting.before_staging.set(Mode::Silent);
    kafka.kill();
    setting.before_staging.set(Mode::Up);
    kafka.restart().await;
    setting.produce(DEVICES, 20..30).await;
    setting.until_staged(DEVICES * 30).await;
    setting.until_committed().await;
    function.kill();
    window.abort();

    // A broker that has gone does not delay a window that still has offsets to commit.
    let function = setting.function().await;
    let began = Instant::now();
    let window = begin_to_pull_for(&function, WINDOW);
    setting.produce(DEVICES, 30..40).await;
    setting
        .until_staged_or_ended(DEVICES * 30 + 1, &window)
        .await;
    kafka.kill();
    // An invocation that takes longer than its timeout gets no answer.
    window.await.unwrap().unwrap();
    let took = began.elapsed();
    assert!(took < WINDOW + MARGIN, "{took:?}");
    kafka.restart().await;
    setting.produce(DEVICES, 40..50).await;
    let window = begin_to_pull(&function);
    setting.until_staged(DEVICES * 50).await;
    setting.until_committed().await;
    window.abort();
    assert_complete_and_in_order(&setting.records().await, DEVICES, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_killed_between_staging_and_commit_makes_no_second_event() {
    const DEVICES: usize = 20;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    setting.before_staging.set(Mode::Deaf);
    let function = setting.function().await;
    let window = begin_to_pull(&function);
    setting.produce(DEVICES, 0..10).await;
    // The first record of each device is staged, and the function cannot know.
    setting.until_staged(DEVICES).await;
    function.kill();
    window.abort();
    assert_eq!(setting.committed().await, BTreeMap::new());
    let repeated = setting.repeated();

    setting.before_staging.set(Mode::Up);
    let function = setting.function().await;
    let window = begin_to_pull(&function);
    setting.until_committed().await;
    window.abort();
    let again = setting.repeated() - repeated;
    assert!(again >= DEVICES as u64, "{again} staged again");
    let (events, quarantined) = setting.consume().await;
    assert!(quarantined.is_empty(), "{quarantined:?}");
    order::assert_complete_and_in_order(&events, DEVICES, 10);
}
