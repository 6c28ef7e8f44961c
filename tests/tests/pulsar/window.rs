//! Regular invocations: a single invocation, one after another, and two in parallel.

use std::time::Duration;

use thingrelay_tests::faulty::Mode;
use thingrelay_tests::pulsar::{Pulsar, Topic};
use thingrelay_tests::tuya::reports;
use tokio::time::{Instant, timeout};

use crate::setting::{LIMIT, Setting, acknowledged, begin_to_pull, pull_until_acknowledged};
use crate::staged::assert_complete_and_in_order;

/// The time within which the next invocation must have staged a message.
const TAKEOVER: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_staged_and_then_acknowledged() {
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let messages = reports(&house.access, 50, 0..20);
    house.project.produce(Topic::Event, &messages).await;
    let function = setting.function(1).await;
    pull_until_acknowledged(&function, Duration::from_secs(3), 1_000).await;
    house.until_acknowledged().await;
    let records = setting.records().await;
    assert_eq!(records.len(), 1_000);
    assert_complete_and_in_order(&records, 50, 20);
    let topic = format!("persistent://{}/out/event", house.access.id);
    for record in &records {
        let provenance = &record.provenance;
        assert_eq!(provenance["source"], "house");
        assert_eq!(provenance["platform"], "tuya");
        assert_eq!(provenance["channel"], "pulsar");
        let delivery = &provenance["tuya"];
        let found = delivery["topic"].as_str().unwrap();
        assert!(found.starts_with(&topic), "{found}");
        assert!(delivery["message_id"].is_string(), "{provenance}");
        assert!(delivery["published"].is_i64(), "{provenance}");
        assert_eq!(delivery["protocol"], 4);
        assert_eq!(delivery["sign"], "valid", "{provenance}");
    }
    let encrypted = |em: Option<&str>| {
        let modes = records.iter();
        let modes = modes.map(|record| record.provenance["tuya"]["em"].as_str());
        modes.filter(|mode| *mode == em).count()
    };
    assert_eq!(encrypted(Some("aes_gcm")), 500);
    assert_eq!(encrypted(None), 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_invocation_takes_over_in_time_and_nothing_is_lost() {
    const DEVICES: usize = 22;
    const WINDOW: Duration = Duration::from_secs(6);
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let function = setting.function(1).await;
    let mut produced = 0;
    let mut window = begin_to_pull(&function, WINDOW);
    let mut takeovers = Vec::new();
    for _ in 0..3 {
        // Something is under way whenever an invocation ends, and never more than a round: a slow
        // machine must not build up a backlog for the next invocation.
        while !window.is_finished() {
            let messages = reports(&house.access, DEVICES, produced..produced + 1);
            house.project.produce(Topic::Event, &messages).await;
            setting
                .until_staged_or(DEVICES * produced as usize, || window.is_finished())
                .await;
            produced += 1;
        }
        let ended = Instant::now();
        assert!(acknowledged(&window.await.unwrap()) > 0);
        window = begin_to_pull(&function, WINDOW);
        let messages = reports(&house.access, DEVICES, produced..produced + 1);
        house.project.produce(Topic::Event, &messages).await;
        produced += 1;
        setting.until_staged(DEVICES * produced as usize).await;
        takeovers.push(ended.elapsed());
    }
    assert!(
        takeovers.iter().all(|time| *time < TAKEOVER),
        "{takeovers:?}"
    );
    house.until_acknowledged().await;
    assert_complete_and_in_order(&setting.records().await, DEVICES, produced);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_invocations_at_once_neither_lose_nor_double_nor_reorder() {
    const DEVICES: usize = 40;
    const ROUND: Duration = Duration::from_secs(10);
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let function = setting.function(2).await;
    // The first invocation has everything and can acknowledge nothing ...
    setting.before_staging.set(Mode::Down);
    let messages = reports(&house.access, DEVICES, 0..15);
    house.project.produce(Topic::Event, &messages).await;
    let first = begin_to_pull(&function, Duration::from_secs(12));
    let handed_out = |count| house.project.until_handed_out(Topic::Event, count, LIMIT);
    handed_out(600).await;
    // ... so the second invocation gets some of it, too.
    let second = begin_to_pull(&function, Duration::from_secs(120));
    handed_out(601).await;
    setting.before_staging.set(Mode::Up);
    let mut produced = 15;
    while !first.is_finished() {
        let messages = reports(&house.access, DEVICES, produced..produced + 1);
        house.project.produce(Topic::Event, &messages).await;
        setting
            .until_staged_or(DEVICES * produced as usize, || first.is_finished())
            .await;
        produced += 1;
    }
    first.await.unwrap().unwrap();
    // When a consumer takes over, Pulsar 4.0.8 sometimes delivers the last messages of a partition only once another one
    // is there. Devices go on sending, so a round more shows that nothing is lost.
    for _ in 0..5 {
        let messages = reports(&house.access, DEVICES, produced..produced + 1);
        house.project.produce(Topic::Event, &messages).await;
        produced += 1;
        let all = setting.until_staged(DEVICES * produced as usize);
        if timeout(ROUND, all).await.is_ok() {
            break;
        }
    }
    setting.until_staged(DEVICES * produced as usize).await;
    house.until_acknowledged().await;
    second.abort();
    assert!(setting.repeated() > 0, "nothing came to both");
    assert_complete_and_in_order(&setting.records().await, DEVICES, produced);
}
