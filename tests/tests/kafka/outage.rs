//! The queue, the broker or the function itself gone, and back.

use std::collections::BTreeMap;
use std::time::Duration;

use thingrelay_tests::deadline::until;
use thingrelay_tests::faulty::Mode;
use thingrelay_tests::kafka::Kafka;

use crate::setting::{
    LIMIT, Setting, acknowledged, assert_complete_and_in_order, begin_to_pull, pull,
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_committed_while_the_queue_is_down() {
    const DEVICES: usize = 20;
    let kafka = Kafka::shared().await;
    for mode in [Mode::Down, Mode::Silent] {
        let setting = Setting::new(kafka, 3).await;
        setting.produce(DEVICES, 0..10).await;
        setting.before_staging.set(mode);
        let function = setting.function(1).await;
        // One invocation for which it is down all the time, and one in which it comes back.
        let outcome = pull(&function, Duration::from_secs(3)).await;
        let answer = outcome.as_ref().unwrap();
        assert_eq!(answer["received"], 200, "{answer}");
        assert_eq!(acknowledged(&outcome), 0);
        assert_eq!(setting.committed().await, BTreeMap::new());
        assert_eq!(setting.staged(), 0);
        let window = begin_to_pull(&function, Duration::from_secs(30));
        until(LIMIT, "a member", || async {
            (kafka.members(&setting.group).await > 0).then_some(())
        })
        .await;
        setting.before_staging.set(Mode::Up);
        setting.until_staged(200).await;
        setting.until_committed().await;
        window.abort();
        assert_complete_and_in_order(&setting.records().await, DEVICES, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_comes_back_loses_nothing() {
    const DEVICES: usize = 50;
    let kafka = Kafka::start().await;
    let setting = Setting::new(&kafka, 3).await;
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(120));
    setting.produce(DEVICES, 0..20).await;
    setting.until_staged(100).await;
    kafka.kill();
    kafka.restart().await;
    setting.produce(DEVICES, 20..30).await;
    setting.until_staged(1_500).await;
    setting.until_committed().await;
    window.abort();
    assert_complete_and_in_order(&setting.records().await, DEVICES, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_killed_between_staging_and_commit_makes_no_second_event() {
    const DEVICES: usize = 20;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    setting.before_staging.set(Mode::Deaf);
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(60));
    setting.produce(DEVICES, 0..10).await;
    // Each device's first is staged, and the function cannot know.
    setting.until_staged(DEVICES).await;
    function.kill();
    window.abort();
    assert_eq!(setting.committed().await, BTreeMap::new());
    let repeated = setting.repeated();

    setting.before_staging.set(Mode::Up);
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(60));
    setting.until_committed().await;
    window.abort();
    let again = setting.repeated() - repeated;
    assert!(again >= DEVICES as u64, "{again} staged again");
    assert_complete_and_in_order(&setting.records().await, DEVICES, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_staged_is_committed_though_the_topic_falls_silent() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 1).await;
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(60));
    setting.produce(1, 0..1).await;
    setting.until_staged(1).await;
    let soon = Duration::from_secs(3);
    until(soon, "a commit in a silent topic", || async {
        (setting.committed().await == BTreeMap::from([(0, 1)])).then_some(())
    })
    .await;
    assert!(!window.is_finished());
    window.abort();
}
