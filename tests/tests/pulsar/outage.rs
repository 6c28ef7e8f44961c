//! Outages of the queue, the broker or the function.

use std::time::Duration;

use thingrelay_tests::faulty::Mode;
use thingrelay_tests::lambda::Function;
use thingrelay_tests::pulsar::gate::Gate;
use thingrelay_tests::pulsar::{Pulsar, Topic};
use thingrelay_tests::tuya::reports;

use crate::setting::{HOUSE, LIMIT, Setting, acknowledged, begin_to_pull, pull};
use crate::staged::assert_complete_and_in_order;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_while_the_queue_is_down() {
    const DEVICES: usize = 20;
    let pulsar = Pulsar::shared().await;
    for mode in [Mode::Down, Mode::Silent] {
        let setting = Setting::new(pulsar).await;
        let house = setting.house();
        let messages = reports(&house.access, DEVICES, 0..10);
        house.project.produce(Topic::Event, &messages).await;
        setting.before_staging.set(mode);
        let function = setting.function(1).await;
        // The queue is down during the first invocations, one of which receives everything ...
        assert_eq!(pull_until_received(&function, 200).await, 200);
        assert_eq!((house.backlog().await, setting.staged()), (200, 0));
        let before = house.project.handed_out(Topic::Event).await;
        // ... and comes back in the last one.
        let window = begin_to_pull(&function, Duration::from_secs(120));
        house
            .project
            .until_handed_out(Topic::Event, before + 200, LIMIT)
            .await;
        assert_eq!((house.backlog().await, setting.staged()), (200, 0));
        setting.before_staging.set(Mode::Up);
        setting.until_staged(200).await;
        house.until_acknowledged().await;
        window.abort();
        assert_complete_and_in_order(&setting.records().await, DEVICES, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_hands_out_no_more_than_is_asked_for() {
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let messages = reports(&house.access, 100, 0..25);
    house.project.produce(Topic::Event, &messages).await;
    setting.before_staging.set(Mode::Silent);
    let function = setting.function(1).await;
    let received = pull_until_received(&function, 500).await;
    assert!(received <= 1_000, "{received} of 2,500");
    assert_eq!(house.backlog().await, 2_500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_comes_back_loses_nothing() {
    const DEVICES: usize = 50;
    let pulsar = Pulsar::start().await;
    let setting = Setting::new(&pulsar).await;
    let house = setting.house();
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(120));
    let messages = reports(&house.access, DEVICES, 0..20);
    house.project.produce(Topic::Event, &messages).await;
    setting.until_staged(100).await;
    pulsar.kill();
    assert!(!pulsar.admin().is_ready().await);
    pulsar.restart().await;
    let messages = reports(&house.access, DEVICES, 20..30);
    house.project.produce(Topic::Event, &messages).await;
    setting.until_staged(1_500).await;
    house.until_acknowledged().await;
    window.abort();
    assert_complete_and_in_order(&setting.records().await, DEVICES, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_killed_before_it_acknowledges_makes_no_second_event() {
    const DEVICES: usize = 20;
    let pulsar = Pulsar::shared().await;
    let gate = Gate::start(pulsar.admin().address()).await;
    let setting = Setting::at(pulsar, &gate.url(), &[(HOUSE, "")], "").await;
    let house = setting.house();
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(120));
    house.project.until_connected(Topic::Event, LIMIT).await;
    // From here on, no frame of the function arrives, not even an acknowledgement.
    gate.mute();
    let messages = reports(&house.access, DEVICES, 0..10);
    house.project.produce(Topic::Event, &messages).await;
    setting.until_staged(200).await;
    function.kill();
    window.abort();
    assert_eq!(house.backlog().await, 200);

    gate.unmute();
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(120));
    house.until_acknowledged().await;
    window.abort();
    assert_eq!(setting.repeated(), 200, "staged again");
    assert_complete_and_in_order(&setting.records().await, DEVICES, 10);
}

/// Invokes the function, which cannot stage anything, until one window has received at least
/// `least` messages. Returns their number.
async fn pull_until_received(function: &Function, least: u64) -> u64 {
    for _ in 0..10 {
        let outcome = pull(function, Duration::from_secs(3)).await;
        assert_eq!(acknowledged(&outcome), 0);
        let received = outcome.unwrap()["received"].as_u64().unwrap();
        if received >= least {
            return received;
        }
    }
    panic!("no window received {least} messages");
}
