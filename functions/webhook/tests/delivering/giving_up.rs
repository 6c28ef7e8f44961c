//! Events that the receiver does not take.

use crate::{
    receiver::{Played, Reply},
    world::{World, allowed, event},
};
use std::{collections::BTreeMap, time::Duration};

fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_refused_is_a_dead_letter_and_its_device_goes_on() {
    let receiver = Played::start(|request| match request.id() {
        "meter-1-1" => Reply::Answer(410, Vec::new(), b"gone\x1b[2J\n"),
        _ => Reply::status(200),
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    for number in 0..3 {
        world.send("meter-1", number).await;
    }
    world.poll_all().await;
    assert_eq!(receiver.ids(), ["meter-1-0", "meter-1-1", "meter-1-2"]);
    assert_eq!(world.left(), 0);
    let dead = world.dead_letters().await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].body, event("meter-1", 1));
    let expected = attributes(&[
        ("target", "crm"),
        ("reason", "refused"),
        ("status", "410"),
        ("answer", "gone\\u{1b}[2J"),
    ]);
    assert_eq!(dead[0].attributes, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_fails_until_it_is_too_old_is_a_dead_letter_and_its_device_goes_on() {
    let receiver = Played::start(|request| match request.id() {
        "meter-1-0" => Reply::status(503),
        _ => Reply::status(200),
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "give_up_after_seconds = 600")).await;
    world.send("meter-1", 0).await;
    world.send("meter-1", 1).await;
    for second in 0..550 {
        assert_eq!(world.left(), 2, "{second}");
        world.poll_all().await;
        world.advance(Duration::from_secs(1));
    }
    world.run(Duration::from_secs(1), 60).await;
    let tries = receiver
        .ids()
        .iter()
        .filter(|id| *id == "meter-1-0")
        .count();
    assert!(
        (6..=9).contains(&tries),
        "5, 10, 20, 40 ... seconds: {tries}"
    );
    assert_eq!(receiver.ids().last().unwrap(), "meter-1-1");
    let dead = world.dead_letters().await;
    let expected = attributes(&[("target", "crm"), ("reason", "gave_up"), ("status", "503")]);
    assert_eq!(dead[0].attributes, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_an_event_is_a_dead_letter_without_a_request() {
    let receiver = Played::start(|_| Reply::status(200)).await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    let bodies = ["x", "{}", "{\"id\":7}", "{\"id\":\"a\\nb\"}"];
    for (number, body) in bodies.iter().enumerate() {
        world.send_body("meter-1", number, (*body).to_owned()).await;
    }
    world.send("meter-1", 4).await;
    world.poll_all().await;
    assert_eq!(receiver.ids(), ["meter-1-4"]);
    let dead = world.dead_letters().await;
    assert!(dead.iter().map(|letter| letter.body.as_str()).eq(bodies));
    assert!(
        dead.iter()
            .all(|letter| letter.attributes["reason"] == "unreadable")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_dead_letters_an_event_waits() {
    let receiver = Played::start(|_| Reply::status(400)).await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    world.lose_dead_letters().await;
    world.send("meter-1", 0).await;
    world.send("meter-1", 1).await;
    world.poll_all().await;
    assert_eq!((world.left(), receiver.ids().len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_that_is_moved_back_and_refused_again_is_not_lost() {
    let receiver = Played::start(|_| Reply::status(400)).await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    world.send("meter-1", 0).await;
    world.poll_all().await;
    assert_eq!(world.dead_letters().await.len(), 1);
    // A message that was moved is a new one to the queue.
    world.send_body("meter-1", 1, event("meter-1", 0)).await;
    world.poll_all().await;
    assert_eq!(world.dead_letters().await.len(), 1);
}
