//! Events that fail for now.

use crate::{
    receiver::{Arrived, Played, Reply},
    world::{World, allowed, id},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant, SystemTime},
};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn device(request: &Arrived) -> String {
    let (device, _) = request.id().rsplit_once('-').unwrap();
    device.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_for_one_device_delays_only_that_device() {
    let is_well = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = std::sync::Arc::clone(&is_well);
    let receiver = Played::start(move |request| {
        let fails = device(request) == "bad" && !seen.load(Ordering::SeqCst);
        Reply::status(if fails { 500 } else { 200 })
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    for number in 0..5 {
        for device in ["good-1", "bad", "good-2", "good-3"] {
            world.send(device, number).await;
        }
    }
    world.poll_all().await;
    assert_eq!(world.left(), 5, "only those of one device");
    let delivered: Vec<String> = receiver.ids();
    for device in ["good-1", "good-2", "good-3"] {
        let ids: Vec<&String> = delivered
            .iter()
            .filter(|id| id.starts_with(device))
            .collect();
        let expected: Vec<String> = (0..5).map(|number| id(device, number)).collect();
        assert!(ids.into_iter().eq(&expected), "{delivered:?}");
    }
    let tried = || {
        receiver
            .ids()
            .iter()
            .filter(|id| id.starts_with("bad"))
            .count()
    };
    assert_eq!(tried(), 1, "one attempt, with the others behind it");
    is_well.store(true, Ordering::SeqCst);
    world.run(seconds(8), 3).await;
    let ids = receiver.ids();
    let of_bad: Vec<&String> = ids.iter().filter(|id| id.starts_with("bad")).collect();
    assert_eq!(
        of_bad,
        ["bad-0", "bad-0", "bad-1", "bad-2", "bad-3", "bad-4"]
    );
}

/// Events behind one that fails are received with it each time, and not tried.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_waited_behind_another_rests_for_seconds_at_first() {
    const FAILURES: [usize; 2] = [6, 1];
    let tries = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let receiver = Played::start(move |request| {
        let number = usize::from(request.id() == id("meter-1", 1));
        let fails = tries[number].fetch_add(1, Ordering::SeqCst) < FAILURES[number];
        Reply::status(if fails { 500 } else { 200 })
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    for number in 0..2 {
        world.send("meter-1", number).await;
    }
    for _ in 0..FAILURES[0] {
        assert_eq!(world.poll().await, 2);
        world.advance(seconds(600));
    }
    // The first event is delivered, and the second one fails.
    assert_eq!((world.poll().await, world.left()), (2, 1));
    world.advance(seconds(8));
    assert_eq!((world.poll().await, world.left()), (1, 0));
    let ids = receiver.ids();
    assert_eq!(ids.len(), 7 + 2, "{ids:?}");
}

/// The receiver answers 503 with this header, and then 200. The event has to come again between these
/// seconds.
async fn comes_again(retry_after: Option<String>, from: u64, to: u64) {
    let count = AtomicUsize::new(0);
    let header = retry_after.clone();
    let receiver = Played::start(move |_| {
        if count.fetch_add(1, Ordering::SeqCst) > 0 {
            return Reply::status(200);
        }
        let header = header.clone().map(|value| ("retry-after", value));
        Reply::Answer(503, header.into_iter().collect(), b"")
    })
    .await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    world.send("meter-1", 1).await;
    world.poll_all().await;
    world.advance(seconds(from));
    assert_eq!(world.poll().await, 0, "{retry_after:?} after {from} s");
    world.advance(seconds(to - from));
    assert_eq!(world.poll().await, 1, "{retry_after:?} after {to} s");
    assert_eq!(world.left(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_says_when_to_come_again() {
    let text = |text: &str| Some(text.to_owned());
    comes_again(None, 3, 8).await;
    comes_again(text("1"), 3, 8).await;
    comes_again(text("soon"), 3, 8).await;
    comes_again(text("120"), 117, 121).await;
    let date = httpdate::fmt_http_date(SystemTime::now() + seconds(300));
    comes_again(Some(date), 295, 302).await;
    comes_again(text("86400"), 3597, 3601).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let elsewhere = Played::start(|_| Reply::status(200)).await;
    let there = elsewhere.url();
    let receiver =
        Played::start(move |_| Reply::Answer(307, vec![("location", there.clone())], b"")).await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    world.send("meter-1", 1).await;
    world.poll_all().await;
    assert_eq!(
        (receiver.arrived().len(), elsewhere.arrived().len()),
        (1, 0)
    );
    assert_eq!(world.left(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_changes_nothing_and_a_receiver_that_hangs_is_left() {
    for (reply, left) in [
        (Reply::Endless(200), 0),
        (Reply::Endless(500), 1),
        (Reply::Nothing, 1),
    ] {
        let answer = reply.clone();
        let receiver = Played::start(move |_| answer.clone()).await;
        let world = World::new(&allowed(&receiver.url(), "timeout_seconds = 1")).await;
        world.send("meter-1", 1).await;
        let began = Instant::now();
        world.poll_all().await;
        assert!(
            began.elapsed() < seconds(8),
            "{reply:?}: {:?}",
            began.elapsed()
        );
        assert_eq!(world.left(), left, "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_any_size_is_read_only_at_its_beginning() {
    static LARGE: [u8; 4 << 20] = [b'a'; 4 << 20];
    let receiver = Played::start(|_| Reply::Answer(400, Vec::new(), &LARGE)).await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    world.send("meter-1", 1).await;
    world.poll_all().await;
    let dead = world.dead_letters().await;
    assert_eq!(dead[0].attributes["answer"], "a".repeat(256));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_secrets_events_wait() {
    let receiver = Played::start(|_| Reply::status(200)).await;
    let settings = allowed(&receiver.url(), "");
    let lines = settings
        .lines()
        .filter(|line| !line.starts_with("signing_secrets"));
    let world = World::new(&lines.collect::<Vec<_>>().join("\n")).await;
    world.send("meter-1", 1).await;
    world.poll_all().await;
    assert_eq!((world.left(), receiver.arrived().len()), (1, 0));
}
