//! A receiver that is down.

use crate::{
    receiver::{Played, Reply},
    world::{World, allowed, id},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const DEVICES: usize = 30;
const EACH: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn while_a_receiver_is_down_one_probe_goes_at_a_time_and_afterwards_all_in_order() {
    let is_up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_up);
    let receiver = Played::start(move |_| {
        Reply::status(if seen.load(Ordering::SeqCst) {
            200
        } else {
            503
        })
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    for number in 0..EACH {
        for device in 0..DEVICES {
            world.send(&format!("meter-{device}"), number).await;
        }
    }
    world.poll_all().await;
    let first = receiver.ids().len();
    assert!(
        (5..=10).contains(&first),
        "what was under way as it opened: {first}"
    );
    // An hour in steps of a minute, in each of which two probes are due at most.
    for _ in 0..60 {
        let before = receiver.ids().len();
        world.advance(Duration::from_secs(60));
        world.poll_all().await;
        let probes = receiver.ids().len() - before;
        assert!(probes <= 2, "{probes}");
    }
    let failed = receiver.ids().len();
    assert!(failed > first, "there were probes");
    assert_eq!(world.left(), DEVICES * EACH);
    is_up.store(true, Ordering::SeqCst);
    // The longest rest is 22.5 minutes.
    world.run(Duration::from_secs(60), 24).await;
    let delivered = receiver.ids().split_off(failed);
    assert_eq!(delivered.len(), DEVICES * EACH);
    for device in 0..DEVICES {
        let device = format!("meter-{device}");
        let of_device: Vec<&String> = delivered
            .iter()
            .filter(|id| id.rsplit_once('-').unwrap().0 == device)
            .collect();
        let expected: Vec<String> = (0..EACH).map(|number| id(&device, number)).collect();
        assert!(of_device.into_iter().eq(&expected), "{delivered:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_fail_do_not_keep_the_circuit_open_for_the_others() {
    let receiver = Played::start(|request| {
        Reply::status(if request.id().starts_with("bad") {
            500
        } else {
            200
        })
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    for device in 0..8 {
        world.send(&format!("bad-{device}"), 0).await;
    }
    world.poll_all().await;
    for device in 0..20 {
        world.send(&format!("good-{device}"), 0).await;
    }
    for _ in 0..30 {
        world.advance(Duration::from_secs(30));
        world.poll_all().await;
    }
    assert_eq!(world.left(), 8, "only those that fail");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_receiver_is_down_events_are_given_up_without_a_request() {
    let receiver = Played::start(|_| Reply::status(503)).await;
    let world = World::new(&allowed(&receiver.url(), "give_up_after_seconds = 3600")).await;
    for device in 0..DEVICES {
        world.send(&format!("meter-{device}"), 0).await;
    }
    world.run(Duration::from_secs(60), 62).await;
    let dead = world.dead_letters().await;
    assert_eq!(dead.len(), DEVICES);
    assert!(
        dead.iter()
            .all(|letter| letter.attributes["reason"] == "gave_up")
    );
    let requests = receiver.ids().len();
    assert!(requests < 10 + 2 * 62, "{requests}");
}
