//! The command `thingrelay replay` and the archive of `dev --data`, with real processes.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::RngExt;
use serde_json::Value;
use sqs_server::{Options, Server};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::document::Document;
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::order::{assert_complete_and_in_order, without_repeats};
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::{Launch, Relay};
use thingrelay_tests::queue::{Queues, Received};
use thingrelay_tests::schema::Schemas;

use crate::tool::Tool;

const LIMIT: Duration = Duration::from_secs(120);

fn events_of(received: &[Received]) -> Vec<Value> {
    let bodies = received.iter().map(|message| &message.body);
    bodies
        .map(|body| serde_json::from_str(body).unwrap())
        .collect()
}

fn meters(relay: &Relay) -> Platform {
    Platform::new(relay.address, "meters", METERS_TOKEN)
}

/// The targets `events` and `others` on a server of their own.
async fn two_targets(queues: &Queues) -> (Config, String, String) {
    let events = queues.create_fifo("events").await;
    let others = queues.create_fifo("others").await;
    let table = |name: &str, url: &str| {
        format!("[targets.{name}]\ntype = \"sqs\"\nqueue_url = \"{url}\"\n")
    };
    let tables = [table("events", &events), table("others", &others)].concat();
    (Config::with_targets(&tables), events, others)
}

async fn start(config: &Config, directory: &Path) -> Relay {
    let launch = Launch::new().config(&config.file());
    launch.data(&directory.join("relay-data")).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_is_sent_to_one_target_again_as_the_runbook_says() {
    const DEVICES: usize = 10;
    const EACH: u64 = 12;
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let (config, events, others) = two_targets(&queues).await;
    let directory = tempfile::tempdir().unwrap();
    let relay = start(&config, directory.path()).await;
    push_interleaved(&meters(&relay), DEVICES, 0, EACH).await;
    let count = DEVICES * usize::try_from(EACH).unwrap();
    let first = events_of(&queues.receive(&events, count, LIMIT).await);
    queues.receive(&others, count, LIMIT).await;

    let tool = Tool::new(&relay, directory.path());
    let runbook = Document::read("docs/runbook.md");
    let dry = runbook.command("cargo thingrelay replay");
    let told = tool.as_written(&dry).await.succeeded();
    for line in [
        &format!("messages  {count}\n"),
        &format!("devices   {DEVICES}\n"),
        "target    events, and no other\n",
        "Nothing was staged. Add --yes to stage the messages.\n",
    ] {
        assert!(told.stdout.contains(line), "{}", told.all());
    }
    // With the settings, the name of the target is checked.
    let config = config.file();
    let checked = async |target: &str| {
        let rest = format!("--target {target} --config {}", config.display());
        tool.run(&["replay", "relay-data/archive"], &rest).await
    };
    assert!(
        !checked("events")
            .await
            .succeeded()
            .stdout
            .contains("not checked")
    );
    let refused = checked("event").await;
    assert_eq!(refused.code, Some(1), "{}", refused.all());
    assert!(
        refused.stderr.contains("events, others"),
        "{}",
        refused.all()
    );
    assert!(!refused.stdout.contains("messages"), "{}", refused.all());

    // A second run is a run of its own, also within the five minutes of deduplication.
    let mut runs = BTreeSet::new();
    for _ in 0..2 {
        tool.as_written(&format!("{dry} --yes")).await.succeeded();
        let received = queues.receive(&events, count, LIMIT).await;
        let again = events_of(&received);
        assert_complete_and_in_order(&again, DEVICES, EACH);
        let schemas = Schemas::read();
        for event in &again {
            schemas.check(event);
            runs.insert(event["replay"].as_str().unwrap().to_owned());
            let mut before = event.clone();
            before.as_object_mut().unwrap().remove("replay");
            assert!(first.contains(&before), "{event}");
        }
    }
    assert_eq!(runs.len(), 2);
    assert!(queues.drain(&others).await.is_empty());
    assert!(queues.drain(&events).await.is_empty());

    // The archive has each message once, however often it was replayed, and filters apply.
    let count_of = async |rest: &str| {
        let told = tool.run(&["replay", "relay-data/archive"], rest).await;
        let told = told.succeeded();
        let line = told
            .stdout
            .lines()
            .find(|line| line.starts_with("messages"));
        line.unwrap().to_owned()
    };
    assert_eq!(count_of("").await, format!("messages  {count}"));
    assert_eq!(
        count_of("--device device-3").await,
        format!("messages  {EACH}")
    );
    assert_eq!(count_of("--source homes").await, "messages  0");
    assert_eq!(count_of("--to 1h").await, "messages  0");
    let mut lines = 0;
    count_lines(
        &directory.path().join("relay-data/archive/meters"),
        &mut lines,
    );
    assert_eq!(lines, count);
}

fn count_lines(path: &Path, lines: &mut usize) {
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count_lines(&path, lines);
            continue;
        }
        let file = std::fs::File::open(&path).unwrap();
        let text = std::io::read_to_string(flate2::read::MultiGzDecoder::new(file)).unwrap();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(
                line["body"]
                    .as_str()
                    .unwrap()
                    .contains("\"source\":\"meters\"")
            );
            *lines += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_killed_continues_and_an_archive_survives_its_writer() {
    const DEVICES: usize = 20;
    const EACH: u64 = 30;
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let (config, events, others) = two_targets(&queues).await;
    let directory = tempfile::tempdir().unwrap();
    let count = DEVICES * usize::try_from(EACH).unwrap();
    for half in 0..2 {
        let relay = start(&config, directory.path()).await;
        push_interleaved(&meters(&relay), DEVICES, half * EACH / 2, EACH / 2).await;
        if half == 0 {
            relay.process.kill().await;
        } else {
            drain_until(&queues, &others, count).await;
            drain_until(&queues, &events, count).await;
            relay.process.signal("TERM").await;
            relay.process.ended(LIMIT).await;
        }
    }
    let relay = start(&config, directory.path()).await;
    let tool = Tool::new(&relay, directory.path());
    let replay = ["replay", "relay-data/archive", "--target", "events"];
    let rest = "--yes --rate 400/s";
    for _ in 0..15 {
        let time = Duration::from_millis(rand::rng().random_range(20..300));
        tool.kill_after(&replay, rest, time).await;
    }
    // If the last kill came after the end of a run, this is one run more.
    tool.run(&replay, rest).await.succeeded();
    let mut received = Vec::new();
    let deadline = Instant::now() + LIMIT;
    loop {
        received.extend(events_of(&queues.drain(&events).await));
        let runs = by_run(&received);
        let last = runs.last().map_or(&[][..], |(_, events)| events);
        if last.len() >= count {
            break;
        }
        assert!(Instant::now() < deadline, "{} of {count}", last.len());
    }
    for (run, events) in by_run(&received) {
        println!("{run}: {} events", events.len());
        assert_complete_and_in_order(&events, DEVICES, EACH);
    }
    assert!(queues.drain(&others).await.is_empty());
}

async fn drain_until(queues: &Queues, url: &str, count: usize) {
    let mut ids = BTreeSet::new();
    let deadline = Instant::now() + LIMIT;
    while ids.len() < count {
        assert!(Instant::now() < deadline, "{} of {count}", ids.len());
        for event in events_of(&queues.drain(url).await) {
            ids.insert(event["id"].as_str().unwrap().to_owned());
        }
    }
}

/// The events of each run without repeats, in the order in which runs began.
fn by_run(events: &[Value]) -> Vec<(String, Vec<Value>)> {
    let mut runs: Vec<(String, Vec<Value>)> = Vec::new();
    for event in events {
        let run = event["replay"].as_str().unwrap();
        match runs.iter_mut().find(|(known, _)| known == run) {
            Some((_, events)) => events.push(event.clone()),
            None => runs.push((run.to_owned(), vec![event.clone()])),
        }
    }
    let runs = runs.into_iter();
    runs.map(|(run, events)| (run, without_repeats(events)))
        .collect()
}
