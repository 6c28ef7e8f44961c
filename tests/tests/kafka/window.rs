//! Regular invocations: a single invocation, and one after another.

use std::time::Duration;

use thingrelay_tests::kafka::Kafka;
use tokio::time::Instant;

use crate::promptness::Promptness;
use crate::reports::assert_complete_and_in_order;
use crate::setting::{PLANT, Setting, begin_to_pull, begin_to_pull_for};

/// The time within which the next invocation has its first record.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_staged_with_its_place_and_then_committed() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    setting.produce(50, 0..20).await;
    let function = setting.function().await;
    setting.pull_in_windows(&function).await;
    assert_eq!(setting.committed().await.values().sum::<i64>(), 1_000);
    let records = setting.records().await;
    assert_complete_and_in_order(&records, 50, 20);
    for record in &records {
        let provenance = &record.provenance;
        assert_eq!(provenance["source"], PLANT);
        assert_eq!(provenance["platform"], "tencent-iot-explorer");
        assert_eq!(provenance["channel"], "ckafka");
        let delivery = &provenance["kafka"];
        assert_eq!(delivery["topic"], setting.topic.as_str());
        assert!(delivery["partition"].as_i64().unwrap() < 3, "{provenance}");
        assert!(delivery["timestamp"].is_i64(), "{provenance}");
        assert!(delivery["key"].as_str().unwrap().starts_with("device-"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn window_after_window_begins_at_once_and_loses_nothing() {
    const DEVICES: usize = 22;
    const WINDOW: Duration = Duration::from_secs(2);
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    let function = setting.function().await;
    let mut takeovers = Promptness::of("the first record after a clean end", SOON);
    let mut produced = 0;
    let mut window = begin_to_pull_for(&function, WINDOW);
    while takeovers.goes_on(3) {
        produced = setting.produce_during(&window, DEVICES, produced).await;
        window.await.unwrap().unwrap();
        let (before, ended) = (setting.staged(), Instant::now());
        window = begin_to_pull_for(&function, WINDOW);
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
        if setting.until_staged_or_ended(before + 1, &window).await {
            takeovers.took(ended.elapsed());
        } else {
            takeovers.took(Duration::MAX);
        }
    }
    takeovers.check();
    window.await.unwrap().unwrap();
    let last = begin_to_pull(&function);
    setting.until_committed().await;
    last.abort();
    assert_complete_and_in_order(&setting.records().await, DEVICES, produced);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_after_a_killed_one_begins_at_once() {
    const DEVICES: usize = 22;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    let mut takeovers = Promptness::of("the first record after a kill", SOON);
    let mut produced = 0;
    let mut function = setting.function().await;
    let mut window = begin_to_pull(&function);
    while takeovers.goes_on(3) {
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
        let before = DEVICES * produced as usize;
        setting.until_staged(before).await;
        // The program is started before it is invoked, as in Lambda.
        let next = setting.function().await;
        function.kill();
        window.abort();
        let killed = Instant::now();
        window = begin_to_pull(&next);
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
        setting.until_staged(before + 1).await;
        takeovers.took(killed.elapsed());
        function = next;
    }
    takeovers.check();
    setting.until_committed().await;
    window.abort();
    assert_complete_and_in_order(&setting.records().await, DEVICES, produced);
}
