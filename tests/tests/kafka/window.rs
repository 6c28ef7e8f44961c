//! Invocations as they should be: one, one after another, two at once.

use std::collections::BTreeSet;
use std::time::Duration;

use thingrelay_tests::deadline::{until, within};
use thingrelay_tests::faulty::Mode;
use thingrelay_tests::kafka::{Kafka, Member, Place};
use tokio::time::Instant;

use crate::setting::{
    LIMIT, PLANT, Setting, acknowledged, assert_complete_and_in_order, begin_to_pull,
    pull_in_windows,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_staged_with_its_place_and_then_committed() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    setting.produce(50, 0..20).await;
    let function = setting.function(1).await;
    pull_in_windows(&function, 1_000).await;
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
async fn a_hundred_thousand_records_are_drained_once() {
    const DEVICES: usize = 500;
    const EACH: u64 = 200;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 6).await;
    setting.produce(DEVICES, 0..EACH).await;
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(110));
    let all = DEVICES * EACH as usize;
    until(Duration::from_secs(100), "everything is staged", || async {
        (setting.staged() >= all).then_some(())
    })
    .await;
    setting.until_committed().await;
    window.abort();
    assert_eq!((setting.staged(), setting.repeated()), (all, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn window_after_window_begins_at_once_and_loses_nothing() {
    const DEVICES: usize = 22;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    let function = setting.function(1).await;
    let mut produced = 0;
    let mut window = begin_to_pull(&function, Duration::from_secs(2));
    let mut takeovers = Vec::new();
    for _ in 0..3 {
        // There is something under way whenever an invocation ends.
        while !window.is_finished() {
            setting.produce(DEVICES, produced..produced + 1).await;
            produced += 1;
        }
        assert!(acknowledged(&window.await.unwrap()) > 0);
        let before = setting.staged();
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
        let began = Instant::now();
        window = begin_to_pull(&function, Duration::from_secs(2));
        setting.until_staged(before + 1).await;
        takeovers.push(began.elapsed());
    }
    assert_prompt(&takeovers);
    setting.until_committed().await;
    setting.until_staged(DEVICES * produced as usize).await;
    assert_complete_and_in_order(&setting.records().await, DEVICES, produced);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_after_a_killed_one_begins_at_once() {
    const DEVICES: usize = 22;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    let mut produced = 0;
    let mut function = setting.function(1).await;
    let mut takeovers = Vec::new();
    for _ in 0..3 {
        let window = begin_to_pull(&function, Duration::from_secs(60));
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
        setting.until_staged(DEVICES * produced as usize).await;
        // Started, as Lambda starts it, before it is invoked.
        let next = setting.function(1).await;
        function.kill();
        window.abort();
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
        let before = setting.staged();
        let began = Instant::now();
        let window = begin_to_pull(&next, Duration::from_secs(60));
        setting.until_staged(before + 1).await;
        takeovers.push(began.elapsed());
        setting.until_staged(DEVICES * produced as usize).await;
        next.kill();
        window.abort();
        function = setting.function(1).await;
    }
    assert_prompt(&takeovers);
    let window = begin_to_pull(&function, Duration::from_secs(60));
    setting.until_committed().await;
    window.abort();
    assert_complete_and_in_order(&setting.records().await, DEVICES, produced);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_invocations_at_once_lose_nothing_and_make_no_second_event() {
    const DEVICES: usize = 40;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 6).await;
    let function = setting.function(2).await;
    // The first one has received everything and staged nothing ...
    setting.before_staging.set(Mode::Down);
    setting.produce(DEVICES, 0..10).await;
    let first = begin_to_pull(&function, Duration::from_secs(4));
    until(LIMIT, "a member", || async {
        (kafka.members(&setting.group).await > 0).then_some(())
    })
    .await;
    // ... when the second one comes and takes its place.
    let second = begin_to_pull(&function, Duration::from_secs(20));
    setting.before_staging.set(Mode::Up);
    let mut produced = 10;
    while !first.is_finished() {
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
    }
    first.await.unwrap().unwrap();
    setting.until_staged(DEVICES * produced as usize).await;
    setting.until_committed().await;
    second.abort();
    let records = setting.records().await;
    assert_eq!(records.len(), DEVICES * produced as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_member_of_the_group_takes_a_part_and_gives_it_back() {
    const DEVICES: usize = 60;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 6).await;
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(90));
    setting.produce(DEVICES, 0..5).await;
    setting.until_staged(DEVICES * 5).await;
    let member = Member::join(kafka, &setting.group, &setting.topic).await;
    let mut elsewhere = BTreeSet::new();
    let mut produced = 5;
    within(LIMIT, "a part for the other member", async {
        while elsewhere.is_empty() {
            setting.produce(DEVICES, produced..produced + 1).await;
            produced += 1;
            elsewhere.extend(member.receive().await);
        }
    })
    .await;
    member.leave().await;
    setting.produce(DEVICES, produced..produced + 1).await;
    produced += 1;
    setting.until_committed().await;
    window.abort();
    let here: BTreeSet<Place> = setting
        .records()
        .await
        .iter()
        .map(|record| Place {
            partition: record.provenance["kafka"]["partition"]
                .as_i64()
                .unwrap()
                .try_into()
                .unwrap(),
            offset: record.provenance["kafka"]["offset"].as_i64().unwrap(),
        })
        .collect();
    let both: Vec<&Place> = here.intersection(&elsewhere).collect();
    assert_eq!(both, Vec::<&Place>::new(), "at both ends");
    let all = DEVICES * produced as usize;
    assert_eq!(here.len() + elsewhere.len(), all, "records of {all}");
}

/// The next invocation begins at once, and not when the group gives up the one before it. A busy
/// machine may hold one up.
fn assert_prompt(takeovers: &[Duration]) {
    let quickest = takeovers.iter().min().unwrap();
    assert!(*quickest < Duration::from_secs(1), "{takeovers:?}");
    let slowest = takeovers.iter().max().unwrap();
    assert!(*slowest < Duration::from_secs(4), "{takeovers:?}");
}
