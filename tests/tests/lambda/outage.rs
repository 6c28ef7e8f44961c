//! Outages of one of the processes: no accepted message is lost or out of order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::until;
use thingrelay_tests::message::report;
use thingrelay_tests::order::{assert_complete_and_in_order, without_repeats};
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::Relay;
use thingrelay_tests::queue::Queues;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::setting::Setting;

const LIMIT: Duration = Duration::from_secs(120);
const DEVICES: usize = 4;
const EACH: u64 = 30;

/// The pause before a message is pushed again; the platform's pauses are longer.
const PAUSE: Duration = Duration::from_millis(100);

/// Every device pushes its messages, each until it is acknowledged. The counts are those of the
/// acknowledged messages.
fn push_all(platform: &Platform) -> (JoinSet<()>, Arc<[AtomicU64]>) {
    let acknowledged: Arc<[AtomicU64]> = (0..DEVICES).map(|_| AtomicU64::new(0)).collect();
    let now = unix_now();
    let mut pushes = JoinSet::new();
    for device in 0..DEVICES {
        let (platform, acknowledged) = (platform.clone(), Arc::clone(&acknowledged));
        pushes.spawn(async move {
            for count in 0..EACH {
                let body = report(&format!("device-{device}"), count, now, count);
                loop {
                    match platform.push(&body).await {
                        Ok(answer) if answer.status == 200 => break,
                        // Staging or the whole emulator is down, or the emulator has lost its
                        // function.
                        Ok(answer) => assert!(answer.status >= 500, "{answer:?}"),
                        Err(_) => {}
                    }
                    sleep(PAUSE).await;
                }
                acknowledged[device].fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    (pushes, acknowledged)
}

async fn until_acknowledged(acknowledged: &[AtomicU64], share: u64) {
    let sum = || -> u64 {
        let counts = acknowledged.iter();
        counts.map(|count| count.load(Ordering::SeqCst)).sum()
    };
    let enough = DEVICES as u64 * EACH * share / 100;
    until(LIMIT, "acknowledgements", || async {
        (sum() >= enough).then_some(())
    })
    .await;
}

/// Checks that all events arrive on the queue of events, and none elsewhere.
async fn assert_all_arrive(relay: &Relay) {
    let queues = Queues::at(&relay.sqs);
    let url = queues.find("events").await;
    let count = DEVICES * usize::try_from(EACH).unwrap();
    let received = queues.receive(&url, count, LIMIT).await;
    let events: Vec<Value> = received
        .iter()
        .map(|message| serde_json::from_str(&message.body).unwrap())
        .collect();
    assert_complete_and_in_order(&without_repeats(events), DEVICES, EACH);
    for name in ["dead-letter", "quarantine"] {
        let left = queues.drain(&queues.find(name).await).await;
        assert!(left.is_empty(), "{name}: {left:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queues_are_killed_and_come_back_under_functions_that_go_on() {
    let config = Config::without_targets();
    let setting = Setting::new();
    let launch = || {
        setting
            .launch()
            .config(&config.file())
            .data(&config.data())
            .visibility_timeout(6)
    };
    let (emulator, relay) = setting.start(launch()).await;
    let (pushes, acknowledged) = push_all(&setting.meters());
    until_acknowledged(&acknowledged, 40).await;
    relay.process.kill().await;

    let relay = launch().start().await;
    pushes.join_all().await;
    assert_all_arrive(&relay).await;
    let told = relay.told();
    let again = told
        .iter()
        .any(|line| line.contains("restart it if it is running"));
    assert!(!again, "the emulator needs no new start: {told:#?}");
    let starts = emulator.log().matches("starting lambda function").count();
    assert_eq!(starts, 3, "{}", emulator.log());
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_are_killed_and_come_back_to_their_queues() {
    let config = Config::without_targets();
    let setting = Setting::new();
    let launch = setting.launch().config(&config.file());
    let (emulator, relay) = setting.start(launch.visibility_timeout(3)).await;
    let (pushes, acknowledged) = push_all(&setting.meters());
    until_acknowledged(&acknowledged, 40).await;
    emulator.kill();

    let _emulator = setting.emulator();
    pushes.join_all().await;
    assert_all_arrive(&relay).await;
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
    assert_complete_and_in_order(&written.events(), DEVICES, EACH);
}
