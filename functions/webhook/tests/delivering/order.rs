//! Whatever a receiver answers, the events of a device are settled in their order.

use crate::{
    receiver::{Played, Reply},
    world::{World, allowed, id},
};
use proptest::prelude::*;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The answers to the attempts of an event; those after them are 200.
type Answers = Vec<u16>;

fn answers() -> impl Strategy<Value = Answers> {
    let status = prop_oneof![
        3 => Just(200_u16),
        2 => Just(500),
        1 => Just(404),
        1 => Just(429),
        1 => Just(302),
        1 => Just(503),
    ];
    prop::collection::vec(status, 0..4)
}

/// Of each device, the answers for each of its events.
fn devices() -> impl Strategy<Value = Vec<Vec<Answers>>> {
    prop::collection::vec(prop::collection::vec(answers(), 1..5), 1..8)
}

/// The attempts that have to arrive of a device, if the order holds: an event's attempts until it is
/// settled, then the next event's.
fn expected(device: &str, events: &[Answers]) -> Vec<String> {
    let mut attempts = Vec::new();
    for (number, answers) in events.iter().enumerate() {
        let failing = answers
            .iter()
            .take_while(|status| ![200, 404].contains(*status));
        attempts.extend(vec![id(device, number); failing.count() + 1]);
    }
    attempts
}

async fn play(devices: Vec<Vec<Answers>>) {
    let tries: Mutex<HashMap<String, usize>> = Mutex::default();
    let planned: HashMap<String, Answers> = devices
        .iter()
        .enumerate()
        .flat_map(|(device, events)| {
            let events = events.iter().enumerate();
            events.map(move |(number, answers)| (id(&name(device), number), answers.clone()))
        })
        .collect();
    let planned = Arc::new(planned);
    let plan = Arc::clone(&planned);
    let receiver = Played::start(move |request| {
        let mut tries = tries.lock().unwrap();
        let tried = tries.entry(request.id().to_owned()).or_default();
        let status = plan[request.id()].get(*tried).copied().unwrap_or(200);
        *tried += 1;
        Reply::status(status)
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    let longest = devices.iter().map(Vec::len).max().unwrap_or_default();
    for number in 0..longest {
        for (device, events) in devices.iter().enumerate() {
            if number < events.len() {
                world.send(&name(device), number).await;
            }
        }
    }
    world.run(Duration::from_secs(120), 500).await;
    let arrived = receiver.ids();
    for (device, events) in devices.iter().enumerate() {
        let device = name(device);
        let found: Vec<&String> = arrived
            .iter()
            .filter(|id| id.rsplit_once('-').unwrap().0 == device)
            .collect();
        assert!(
            found.into_iter().eq(&expected(&device, events)),
            "{device}: {arrived:?}"
        );
    }
    let refused = planned.values().filter(|answers| {
        let settled = answers.iter().find(|status| [200, 404].contains(*status));
        settled == Some(&404)
    });
    assert_eq!(world.dead_letters().await.len(), refused.count());
}

fn name(device: usize) -> String {
    format!("meter-{device}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_events_of_a_device_are_settled_in_their_order(devices in devices()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(play(devices));
    }
}
