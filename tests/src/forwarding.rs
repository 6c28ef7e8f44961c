//! The tests of forwarding to an SQS target. The server of the target is a parameter.

use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;

use crate::config::{Config, METERS_TOKEN};
use crate::faulty::{Fault, Faulty, Mode};
use crate::message::report;
use crate::order::{assert_complete_and_in_order, without_repeats};
use crate::platform::{Platform, unix_now};
use crate::process::{Launch, Relay};
use crate::queue::{Queues, Received, url_at};

/// How long forwarding all messages may take, with retries.
const LIMIT: Duration = Duration::from_secs(120);

/// Pushes `each` numbered reports for each of `devices` devices. The devices push in parallel, and
/// each device pushes its reports one after another. The first number is `first`.
///
/// # Panics
///
/// If a report is not acknowledged.
pub async fn push_interleaved(platform: &Platform, devices: usize, first: u64, each: u64) {
    let now = unix_now();
    let mut pushes = JoinSet::new();
    for device in 0..devices {
        let platform = platform.clone();
        pushes.spawn(async move {
            for count in first..first + each {
                let body = report(&format!("device-{device}"), count, now, count);
                let answer = platform.push(&body).await.expect("an answer");
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        });
    }
    while let Some(push) = pushes.join_next().await {
        push.expect("a push that was acknowledged");
    }
}

/// 1,000 messages of 50 devices to a FIFO queue whose server fails a fifth of the calls. Each event
/// arrives once, and the events of a device arrive in order.
///
/// # Panics
///
/// If an event is lost, repeated or out of order.
pub async fn order_survives_a_target_that_fails(queues: &Queues) {
    let (devices, each) = (50, 20);
    let url = queues.create_fifo("events").await;
    let faulty = Faulty::start(queues.endpoint(), Mode::Flaky(0.2), 7).await;
    let config = Config::with_target(&url_at(&faulty.endpoint(), &url));
    let mut relay = launch(&config).await;

    push_interleaved(&meters(&relay), devices, 0, each).await;
    let total = devices * usize::try_from(each).expect("a small number");
    // A lost answer makes the relay print an event later than the queue received it. The event is
    // never printed again with different contents.
    let printed = without_repeats(relay.events_until(total, LIMIT).await);
    assert_complete_and_in_order(&printed, devices, each);
    let received = queues.drain(&url).await;
    assert_complete_and_in_order(&events_of(&received), devices, each);
    for fault in [Fault::Refused, Fault::AnswerLost] {
        assert!(faulty.count(fault) > 0, "no call was {fault:?}");
    }
}

/// A target that is down delays events, and no event is lost.
///
/// # Panics
///
/// If an event is lost or out of order.
pub async fn events_wait_for_a_target_that_is_down(queues: &Queues) {
    let (devices, each) = (5, 4);
    let url = queues.create_fifo("events").await;
    let faulty = Faulty::start(queues.endpoint(), Mode::Down, 7).await;
    let config = Config::with_target(&url_at(&faulty.endpoint(), &url));
    let mut relay = launch(&config).await;

    push_interleaved(&meters(&relay), devices, 0, each).await;
    assert!(relay.events().is_empty(), "nothing can have been forwarded");
    faulty.set(Mode::Up);
    let total = devices * usize::try_from(each).expect("a small number");
    relay.events_until(total, LIMIT).await;
    let received = queues.drain(&url).await;
    assert_complete_and_in_order(&events_of(&received), devices, each);
}

/// A standard queue receives every event, too.
///
/// # Panics
///
/// If an event is lost.
pub async fn a_standard_queue_is_a_target_too(queues: &Queues) {
    let (devices, each) = (5, 10);
    let url = queues.create_standard("events").await;
    let config = Config::with_target(&url);
    let relay = launch(&config).await;

    push_interleaved(&meters(&relay), devices, 0, each).await;
    let total = devices * usize::try_from(each).expect("a small number");
    let received = queues.receive(&url, total, LIMIT).await;
    let mut events = without_repeats(events_of(&received));
    // A standard queue guarantees no order.
    events.sort_by_key(crate::order::device_and_count);
    assert_complete_and_in_order(&events, devices, each);
}

/// The visibility timeout also limits an invocation. It is short enough for quick retries, and long
/// enough for a batch on a busy machine.
async fn launch(config: &Config) -> Relay {
    let launch = Launch::new().config(&config.file()).visibility_timeout(6);
    launch.start().await
}

fn meters(relay: &Relay) -> Platform {
    Platform::new(relay.address, "meters", METERS_TOKEN)
}

fn events_of(received: &[Received]) -> Vec<Value> {
    let bodies = received.iter().map(|message| &message.body);
    bodies
        .map(|body| serde_json::from_str(body).expect("a target gets JSON"))
        .collect()
}
