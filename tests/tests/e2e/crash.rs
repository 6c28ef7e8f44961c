//! `kill -9` at random moments with `--data`: acknowledged messages arrive, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::until;
use thingrelay_tests::message::report;
use thingrelay_tests::order::{assert_complete_and_in_order, by_device, without_repeats};
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::{Launch, Relay};
use thingrelay_tests::queue::Queues;
use tokio::task::JoinSet;

const DEVICES: usize = 10;
const EACH: u64 = 60;
const KILLS: usize = 5;
const LIMIT: Duration = Duration::from_secs(60);

/// How many messages of each device are acknowledged, which is the number of its next message.
type Acknowledged = Arc<[AtomicU64]>;

/// Every device pushes its next message until the process has ended or all of its messages are
/// acknowledged. The next call pushes a message without an answer again, unchanged.
fn push_on(relay: &Relay, acknowledged: &Acknowledged, timestamp: u64) -> JoinSet<()> {
    let mut pushes = JoinSet::new();
    for device in 0..DEVICES {
        let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
        let acknowledged = Arc::clone(acknowledged);
        pushes.spawn(async move {
            let next = &acknowledged[device];
            while next.load(Ordering::SeqCst) < EACH {
                let count = next.load(Ordering::SeqCst);
                let body = report(&format!("device-{device}"), count, timestamp, count);
                match platform.push(&body).await {
                    Ok(answer) if answer.status == 200 => next.store(count + 1, Ordering::SeqCst),
                    Ok(answer) => panic!("{answer:?}"),
                    Err(_killed) => return,
                }
            }
        });
    }
    pushes
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let config = Config::without_targets();
    let start = || {
        Launch::new()
            .config(&config.file())
            .data(&config.data())
            .visibility_timeout(6)
            .start()
    };
    let acknowledged: Acknowledged = (0..DEVICES).map(|_| AtomicU64::new(0)).collect();
    let total = || -> u64 {
        acknowledged
            .iter()
            .map(|count| count.load(Ordering::SeqCst))
            .sum()
    };
    let timestamp = unix_now();

    let each_round = DEVICES as u64 * EACH / (KILLS as u64 + 1);
    for _ in 0..KILLS {
        let relay = start().await;
        let pushes = push_on(&relay, &acknowledged, timestamp);
        let moment = total() + random.random_range(1..=each_round);
        until(LIMIT, "acknowledgements", || async {
            (total() >= moment).then_some(())
        })
        .await;
        relay.process.kill().await;
        pushes.join_all().await;
    }
    let relay = start().await;
    push_on(&relay, &acknowledged, timestamp).join_all().await;
    assert_eq!(total(), DEVICES as u64 * EACH);

    let queues = Queues::at(&relay.sqs);
    let url = queues.find("events").await;
    let count = DEVICES * usize::try_from(EACH).unwrap();
    let received = queues.receive(&url, count, LIMIT).await;
    let events: Vec<Value> = received
        .iter()
        .map(|message| serde_json::from_str(&message.body).unwrap())
        .collect();
    println!("{:?}", by_device(&events));
    assert_complete_and_in_order(&without_repeats(events), DEVICES, EACH);
}
