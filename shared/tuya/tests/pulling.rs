//! Sources pulled side by side from brokers that are played, into a queue that is played.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub
)]

mod served;

use served::{ACCESS_ID, ACCESS_KEY, Served, config, soon};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use thingrelay::{
    clock::Clock,
    ordered::Sender,
    pull::{InvocationSummary, Pull, PullResult, PullSummary, Puller, side_by_side},
    queue::SendError,
    settings::CurrentConfig,
    telemetry::Counters,
};
use thingrelay_core::{
    config::EdgeConfig,
    message::Message,
    staged::{Staged, Transport},
    tuya::{AccessId, Topic},
};
use thingrelay_tuya::{TuyaBroker, pulls, run};
use tokio::{join, sync::Notify};

/// Accepts everything, except in the first calls.
#[derive(Default)]
struct Staging {
    failures: Mutex<usize>,
    failed: Notify,
    staged: Mutex<Vec<Message>>,
}

impl Sender for &Staging {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let mut failures = self.failures.lock().unwrap();
        if let Some(fewer) = failures.checked_sub(1) {
            *failures = fewer;
            self.failed.notify_one();
            let down = || Err(SendError::Transient("down".into()));
            return messages.iter().map(|_| down()).collect();
        }
        let copies = messages.iter().map(|message| (*message).clone());
        self.staged.lock().unwrap().extend(copies);
        messages.iter().map(|_| Ok(())).collect()
    }
}

impl Staging {
    /// The source, the topic and the broker's id of every staged message.
    fn seen(&self) -> Vec<(String, String, String)> {
        let staged = self.staged.lock().unwrap();
        let mut seen: Vec<_> = staged.iter().map(seen).collect();
        seen.sort();
        seen
    }
}

fn seen(message: &Message) -> (String, String, String) {
    let staged = Staged::from_body(&message.body).unwrap();
    let Transport::Pulsar(delivery) = staged.transport else {
        panic!("{:?}", staged.transport)
    };
    let (topic, id) = (
        delivery.topic.into_owned(),
        delivery.message_id.into_owned(),
    );
    (staged.source.as_str().to_owned(), topic, id)
}

fn message(id: &str) -> String {
    format!(r#"{{"messageId":"{id}","payload":"e30="}}"#)
}

fn topic(name: &str) -> String {
    format!("persistent://{ACCESS_ID}/out/{name}")
}

#[tokio::test]
async fn every_topic_of_every_source_has_a_connection_of_its_own() {
    let served = Served::start().await;
    let table = |name: &str, lines: &str| {
        format!(
            "[sources.{name}]\nplatform = \"tuya\"\naccess_id = \"{ACCESS_ID}\"\naccess_key = \"{ACCESS_KEY}\"\nurl = \"{}\"\n{lines}\n",
            served.url()
        )
    };
    let text = [
        table("house", "notices = true"),
        table("trial", "environment = \"test\""),
        "[sources.hub]\nplatform = \"tencent-iot-hub\"\nallow_unsigned = true\n".to_owned(),
    ];
    let config = EdgeConfig::parse(&[&text.concat()]).unwrap();
    let (staging, over) = (Staging::default(), Notify::new());
    let played = async {
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(served.accept().await);
        }
        sessions.sort_by_key(|session| session.asked.path_and_query.clone());
        let subscription = |name: &str| {
            format!("/ws/v2/consumer/persistent/{ACCESS_ID}/out/{name}/{ACCESS_ID}-sub?")
        };
        for (session, name) in sessions.iter_mut().zip(["event-test", "event", "notice"]) {
            let asked = &session.asked.path_and_query;
            assert!(asked.starts_with(&subscription(name)), "{asked}");
            session.send_text(&message(name)).await;
            assert_eq!(session.acknowledged().await, name);
        }
        over.notify_one();
        for session in &mut sessions {
            assert!(session.next().await.unwrap().is_close());
            assert_eq!(session.next().await, None);
        }
    };
    let queue = &staging;
    let pulls = run(&config, &queue, Clock::system(), over.notified());
    let (summary, ()) = soon(async { join!(pulls, played) }).await;
    assert_eq!(summary.len(), 3);
    for summary in summary {
        let counts = (summary.connections, summary.staged, summary.acknowledged);
        assert_eq!(counts, (1, 1, 1));
    }
    let expected = [
        ("house".to_owned(), topic("event"), "event".to_owned()),
        ("house".to_owned(), topic("notice"), "notice".to_owned()),
        (
            "trial".to_owned(),
            topic("event-test"),
            "event-test".to_owned(),
        ),
    ];
    assert_eq!(staging.seen(), expected);
}

#[tokio::test]
async fn notices_that_are_refused_leave_the_events_alone() {
    let served = Served::start().await;
    let config = config(&format!("url = \"{}\"\nnotices = true", served.url()));
    let (staging, over) = (Staging::default(), Notify::new());
    let played = async {
        let mut events = None;
        for _ in 0..2 {
            // Which connection comes first is not known, so the refusal waits until both have come.
            let (session, notice) = served.accept_but("/notice/", 403).await;
            assert_eq!(session.is_none(), notice);
            events = events.or(session);
        }
        let mut events = events.unwrap();
        for id in ["m1", "m2"] {
            events.send_text(&message(id)).await;
            assert_eq!(events.acknowledged().await, id);
        }
        over.notify_one();
        assert!(events.next().await.unwrap().is_close());
    };
    let queue = &staging;
    let pulls = run(&config, &queue, Clock::system(), over.notified());
    let (summary, ()) = soon(async { join!(pulls, played) }).await;
    let connections: Vec<u64> = summary.iter().map(|summary| summary.connections).collect();
    assert_eq!(connections, [1, 0]);
    assert_eq!(staging.seen().len(), 2);
}

#[tokio::test]
async fn nothing_is_acknowledged_before_it_is_staged() {
    let served = Served::start().await;
    let config = config(&format!("url = \"{}\"", served.url()));
    let staging = Staging {
        failures: Mutex::new(3),
        ..Staging::default()
    };
    let over = Notify::new();
    let played = async {
        let mut session = served.accept().await;
        session.send_text(&message("m1")).await;
        staging.failed.notified().await;
        // The client answers in order, so no acknowledgement came before.
        session
            .send(tokio_tungstenite::tungstenite::Message::Ping("p".into()))
            .await;
        assert!(session.next().await.unwrap().is_pong());
        assert_eq!(session.acknowledged().await, "m1");
        assert_eq!(staging.seen().len(), 1);
        over.notify_one();
        assert!(session.next().await.unwrap().is_close());
    };
    let queue = &staging;
    let pulls = run(&config, &queue, Clock::system(), over.notified());
    soon(async { join!(pulls, played) }).await;
}

#[tokio::test]
async fn the_silence_of_earlier_windows_counts_but_not_that_of_notices() {
    let counters = Counters::install();
    let served = Served::start().await;
    let config = config(&format!(
        "url = \"{}\"\nnotices = true\nsilent_after_minutes = 1",
        served.url()
    ));
    let source = config.sources.keys().next().unwrap();
    let minute = Duration::from_secs(60);
    let earlier = [Topic::Event, Topic::Notice].map(|topic| PullResult {
        source: source.clone(),
        topic: topic.of(&AccessId::parse(ACCESS_ID).unwrap()),
        summary: PullSummary {
            silent_for: minute,
            ..PullSummary::default()
        },
    });
    let (staging, over) = (Staging::default(), Notify::new());
    let played = async {
        let mut sessions = [served.accept().await, served.accept().await];
        let told = || {
            let counted = counters.counted().into_iter();
            let silent = counted.filter(|(row, _)| row.name == "silent");
            silent.map(|(_, count)| count).sum::<u64>()
        };
        while told() == 0 {
            tokio::task::yield_now().await;
        }
        over.notify_one();
        for session in &mut sessions {
            assert!(session.next().await.unwrap().is_close());
        }
        assert_eq!(told(), 1);
    };
    let queue = &staging;
    let pulls = pulls(&config, &Clock::system());
    let pulls = side_by_side(&pulls, &queue, &earlier, over.notified());
    let (pulled, ()) = soon(async { join!(pulls, played) }).await;
    // After one report the count begins again; notices are not reported.
    let [events, notices] = pulled.as_slice() else {
        panic!("{pulled:?}")
    };
    assert!(events.topic.ends_with("/out/event"), "{events:?}");
    assert!(notices.topic.ends_with("/out/notice"), "{notices:?}");
    assert!(events.summary.silent_for < minute, "{events:?}");
    assert!(notices.summary.silent_for >= minute, "{notices:?}");
}

/// The same as in the function.
fn puller(
    config: EdgeConfig,
    staging: &Staging,
) -> Puller<impl Fn(&EdgeConfig) -> Vec<Pull<TuyaBroker>>, &Staging> {
    let pulls = |config: &EdgeConfig| pulls(config, &Clock::system());
    Puller::new(Arc::new(CurrentConfig::new(config)), staging, pulls)
}

#[tokio::test]
async fn a_window_ends_before_the_deadline() {
    let served = Served::start().await;
    let config = config(&format!("url = \"{}\"", served.url()));
    let staging = Staging::default();
    let puller = puller(config, &staging);
    let began = Instant::now();
    let deadline = began + Duration::from_millis(5_300);
    let played = async {
        let mut session = served.accept().await;
        session.send_text(&message("m1")).await;
        assert_eq!(session.acknowledged().await, "m1");
        assert!(session.next().await.unwrap().is_close());
    };
    let (window, ()) = soon(async { join!(puller.handle(Some(deadline), || {}), played) }).await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert!(Instant::now() < deadline);
    let expected = InvocationSummary {
        pulls: 1,
        connections: 1,
        received: 1,
        staged: 1,
        acknowledged: 1,
    };
    assert_eq!(window, expected);
    let shown = serde_json::to_value(window).unwrap();
    assert_eq!(shown["acknowledged"], 1);
}

#[tokio::test]
async fn a_window_without_time_or_without_sources_ends_at_once() {
    let nobody = config("url = \"ws://127.0.0.1:9\"");
    let others = "[sources.hub]\nplatform = \"tencent-iot-hub\"\nallow_unsigned = true\n";
    let others = EdgeConfig::parse(&[others]).unwrap();
    let staging = Staging::default();
    let now = Instant::now();
    let past = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
    for (config, pulls, deadline) in [(nobody, 1, Some(past)), (others, 0, None)] {
        let puller = puller(config, &staging);
        let window = soon(puller.handle(deadline, || {})).await;
        let expected = InvocationSummary {
            pulls,
            ..InvocationSummary::default()
        };
        assert_eq!(window, expected);
    }
}
