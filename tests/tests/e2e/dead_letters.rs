//! The command `thingrelay dead-letters`, with real processes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry};
use futures::StreamExt;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::until;
use thingrelay_tests::document::Document;
use thingrelay_tests::message::{http_envelope, report};
use thingrelay_tests::order::{assert_complete_and_in_order, by_device, without_repeats};
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::Launch;
use thingrelay_tests::queue::{Queues, Received};
use thingrelay_tests::schema::Schemas;
use tokio::time::sleep;

use crate::tool::Tool;

const LIMIT: Duration = Duration::from_secs(180);

/// Puts numbered reports of devices into the queue of dead letters, as the staging queue would.
async fn put_dead_letters(queues: &Queues, devices: usize, each: u64) {
    let url = queues.find("dead-letter").await;
    let numbers = (0..each).flat_map(|count| (0..devices).map(move |device| (device, count)));
    let numbers: Vec<(usize, u64)> = numbers.collect();
    // One after another within a device, and devices side by side.
    let chunks = numbers.chunks(10.min(devices));
    let sends = chunks.map(|chunk| {
        let entries = chunk.iter().enumerate().map(|(index, (device, count))| {
            let line = json!({
                "v": 1,
                "id": format!("{:032x}{:032x}", device, count),
                "source": "meters",
                "platform": "tencent-iot-hub",
                "channel": "http",
                "received": 1_795_233_600_000 + count,
                "encoding": "text",
            });
            let body = report(&format!("device-{device}"), *count, 1_795_233_600, *count);
            let body = format!("{line}\n{}", String::from_utf8(body).unwrap());
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_group_id(format!("group-{device}"))
                .message_deduplication_id(format!("{device}-{count}"))
                .message_body(body);
            entry.build().unwrap()
        });
        let call = queues.client().send_message_batch().queue_url(&url);
        let call = call.set_entries(Some(entries.collect()));
        async move {
            let answer = call.send().await.unwrap();
            assert!(answer.failed.is_empty(), "{:?}", answer.failed);
        }
    });
    let width = devices / 10;
    futures::stream::iter(sends)
        .buffered(width.clamp(1, 8))
        .collect::<Vec<()>>()
        .await;
}

fn events_of(received: &[Received]) -> Vec<Value> {
    let bodies = received.iter().map(|message| &message.body);
    bodies
        .map(|body| serde_json::from_str(body).unwrap())
        .collect()
}

/// Receives so many events of the queue of `dev`, repeats not counted.
async fn events(queues: &Queues, count: usize, limit: Duration) -> Vec<Value> {
    let url = queues.find("events").await;
    let deadline = Instant::now() + limit;
    let mut events = Vec::new();
    let mut ids = BTreeSet::new();
    while ids.len() < count {
        assert!(Instant::now() < deadline, "{} of {count}", ids.len());
        for event in events_of(&queues.drain(&url).await) {
            ids.insert(event["id"].as_str().unwrap().to_owned());
            events.push(event);
        }
    }
    without_repeats(events)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_nothing_and_keeps_the_order() {
    const DEVICES: usize = 40;
    const EACH: u64 = 50;
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let config = Config::without_targets();
    let launch = Launch::new().config(&config.file()).data(&config.data());
    let relay = launch.start().await;
    let queues = Queues::at(&relay.sqs);
    put_dead_letters(&queues, DEVICES, EACH).await;

    let directory = tempfile::tempdir().unwrap();
    let tool = Tool::new(&relay, directory.path());
    let redrive = "--yes --no-probe --rate 800/s";
    for (action, rest, rounds) in [
        ("list", "", 15),
        ("put-back", "", 10),
        ("redrive", redrive, 25),
    ] {
        for _ in 0..rounds {
            let time = Duration::from_millis(random.random_range(10..500));
            tool.kill_after(&["dead-letters", action], rest, time).await;
        }
        if action != "redrive" {
            tool.take_all().await;
        }
    }
    let told = tool.dead_letters("redrive", redrive).await.succeeded();
    assert!(
        told.stdout.contains("in the journal  0\n"),
        "{}",
        told.all()
    );

    let count = DEVICES * usize::try_from(EACH).unwrap();
    let events = events(&queues, count, LIMIT).await;
    println!("{:?}", by_device(&events));
    assert_complete_and_in_order(&events, DEVICES, EACH);
    let schemas = Schemas::read();
    let runs: Vec<&str> = events
        .iter()
        .map(|event| event["replay"].as_str().unwrap())
        .collect();
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    events.iter().for_each(|event| schemas.check(event));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_target_refused_arrives_in_order_once_that_is_fixed() {
    const DEVICES: usize = 4;
    const EACH: u64 = 6;
    let server = Server::start(Options::default()).await.unwrap();
    let targets = Queues::at(&server.endpoint());
    let url = targets.create_fifo("events").await;
    let limit = async |bytes: &str| {
        let call = targets.client().set_queue_attributes().queue_url(&url);
        let call = call.attributes(QueueAttributeName::MaximumMessageSize, bytes);
        call.send().await.unwrap();
    };
    limit("1024").await;
    let config = Config::with_target(&url);
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let now = unix_now();
    let push = async |body: &[u8]| {
        let answer = platform.push(body).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    for count in 0..EACH {
        for device in 0..DEVICES {
            let device = format!("device-{device}");
            let topic = format!("$thing/up/property/QX7TESTPID/{device}");
            let payload = json!({"method": "report", "clientToken": "t", "params": {"count": count},
                "padding": "x".repeat(1000)});
            push(&http_envelope(&device, &topic, count, now, &payload)).await;
        }
    }
    push(br#"{"psk":"Hn4kX0sPq7Zt2Wv9", "#).await;

    let directory = tempfile::tempdir().unwrap();
    let tool = Tool::new(&relay, directory.path());
    let all = DEVICES as u64 * EACH;
    let groups = async || -> Vec<Value> {
        let told = tool.dead_letters("list", "--json").await.succeeded();
        told.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let found = until(LIMIT, "the quarantine", || async {
        let found = groups().await;
        let sum: u64 = found
            .iter()
            .map(|group| group["messages"].as_u64().unwrap())
            .sum();
        (sum == all + 1).then_some(found)
    })
    .await;
    let of = |reason: &str| {
        found
            .iter()
            .find(|group| group["reason"] == reason)
            .unwrap()
    };
    let refused = of("refused_by_target");
    assert_eq!(refused["messages"], all);
    assert_eq!(refused["devices"], DEVICES);
    assert_eq!(refused["type"], "device.properties");
    assert_eq!(refused["source"], "meters");
    assert_eq!(of("not_json")["messages"], 1);

    // No secret is on the screen unless it is asked for.
    let shown = tool
        .dead_letters("show", "--reason not_json")
        .await
        .succeeded();
    assert!(
        shown.stdout.contains("not_json: the body is not JSON"),
        "{}",
        shown.stdout
    );
    assert!(
        !shown.stdout.contains("Hn4kX0sPq7Zt2Wv9"),
        "{}",
        shown.stdout
    );
    let mut revealing = tool.command(&["dead-letters", "show"], "--reason not_json --reveal");
    let shown = String::from_utf8(revealing.output().await.unwrap().stdout).unwrap();
    assert!(shown.contains("Hn4kX0sPq7Zt2Wv9"));

    // Nothing is staged without consent, and before the repair only one device's messages are.
    let told = tool
        .dead_letters("redrive", "--reason refused_by_target")
        .await
        .succeeded();
    assert!(
        told.stdout.contains(&format!("messages  {all}\n")),
        "{}",
        told.all()
    );
    assert!(told.stdout.contains("Nothing was staged"), "{}", told.all());
    let told = tool
        .dead_letters("redrive", "--reason refused_by_target --yes")
        .await;
    assert_eq!(told.code, Some(1), "{}", told.all());
    assert!(
        told.stdout.contains(&format!("staged    {EACH}\n")),
        "{}",
        told.all()
    );
    assert!(
        told.stderr.contains("came back (refused_by_target)"),
        "{}",
        told.all()
    );

    limit("1048576").await;
    let again =
        Document::read("docs/runbook.md").command("cargo thingrelay dead-letters redrive --reason");
    for _ in 0..2 {
        // The first continues the run, without the device of the failed probe.
        tool.as_written(&again).await.succeeded();
    }
    let count = usize::try_from(all).unwrap();
    let received = targets.receive(&url, count, LIMIT).await;
    let events = events_of(&received);
    assert_complete_and_in_order(&events, DEVICES, EACH);
    for (event, message) in events.iter().zip(&received) {
        let (id, run) = (
            event["id"].as_str().unwrap(),
            event["replay"].as_str().unwrap(),
        );
        assert_eq!(message.deduplication_id, format!("{id}-{run}"));
    }

    // What is left can be put back, or dropped into a file.
    tool.dead_letters("put-back", "").await.succeeded();
    let quarantine = Queues::at(&relay.sqs).find("quarantine").await;
    let back = Queues::at(&relay.sqs).receive(&quarantine, 1, LIMIT).await;
    assert!(back[0].body.contains("not_json"), "{}", back[0].body);
    push(b"no JSON").await;
    until(LIMIT, "the quarantine", || async {
        (groups().await.len() == 1).then_some(())
    })
    .await;
    tool.dead_letters("drop", "--file dropped.jsonl --yes")
        .await
        .succeeded();
    let dropped = std::fs::read_to_string(directory.path().join("dropped.jsonl")).unwrap();
    let dropped: Value = serde_json::from_str(dropped.trim_end()).unwrap();
    assert!(
        dropped["body"].as_str().unwrap().ends_with("\nno JSON"),
        "{dropped}"
    );
    assert!(groups().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_of_a_webhook_go_to_its_own_queue_again() {
    let config = Config::without_targets();
    let relay = Launch::new().config(&config.file()).start().await;
    let queues = Queues::at(&relay.sqs);
    let (dead, webhook) = (
        queues.create_fifo("crm-dead").await,
        queues.create_fifo("crm").await,
    );
    let text = |value: &str| {
        let attribute = MessageAttributeValue::builder().data_type("String");
        attribute.string_value(value).build().unwrap()
    };
    for number in 0..5 {
        let event = json!({
            "specversion": "1.0", "id": format!("{number:064x}-0"), "source": "/tuya/house",
            "type": "io.thingrelay.device.online.v1", "data": {"device": {"name": "d"}},
        });
        let call = queues.client().send_message().queue_url(&dead);
        let call = call.message_body(event.to_string()).message_group_id("d");
        let call = call.message_deduplication_id(number.to_string());
        let call = call.message_attributes("reason", text("gave_up"));
        let call = call.message_attributes("answer", text("busy"));
        call.send().await.unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let tool = Tool::new(&relay, directory.path());
    let queue = format!("--queue {dead}");
    // What is put back has its attributes again.
    tool.dead_letters("put-back", &queue).await.succeeded();
    let told = tool.dead_letters("list", &format!("{queue} --json")).await;
    let group: Value = serde_json::from_str(told.succeeded().stdout.trim_end()).unwrap();
    assert_eq!(
        (&group["reason"], &group["messages"]),
        (&json!("gave_up"), &json!(5))
    );
    assert_eq!(
        (&group["source"], &group["devices"]),
        (&json!("house"), &json!(1))
    );

    let redrive = format!("{queue} --yes --no-probe");
    let told = tool.dead_letters("redrive", &redrive).await.succeeded();
    assert!(
        told.stdout.contains("left out  5: an event of a webhook"),
        "{}",
        told.all()
    );
    let redrive = format!("{redrive} --webhook-queue {webhook}");
    tool.dead_letters("redrive", &redrive).await.succeeded();
    let received = queues.receive(&webhook, 5, LIMIT).await;
    for (number, (event, message)) in events_of(&received).iter().zip(&received).enumerate() {
        let id = format!("{number:064x}-0");
        let run = event["replay"].as_str().unwrap();
        assert_eq!(event["id"], id);
        assert_eq!(message.deduplication_id, format!("{id}-{run}"));
        assert_eq!(message.group, "d");
    }
}

/// `THINGRELAY_DEAD_LETTERS=100000` makes it the measurement of docs/performance.md.
#[tokio::test(flavor = "multi_thread")]
async fn many_dead_letters_take_a_bounded_memory() {
    let messages = std::env::var("THINGRELAY_DEAD_LETTERS").ok();
    let messages: u64 = messages.map_or(4_000, |it| it.parse().unwrap());
    let devices = usize::try_from(messages / 100).unwrap();
    let config = Config::without_targets();
    let relay = Launch::new()
        .config(&config.file())
        .data(&config.data())
        .start()
        .await;
    let queues = Queues::at(&relay.sqs);
    put_dead_letters(&queues, devices, 100).await;

    let directory = tempfile::tempdir().unwrap();
    let tool = Tool::new(&relay, directory.path());
    let count = usize::try_from(messages).unwrap();
    // The queue of events keeps a part of so many.
    let receiver = queues.clone();
    let limit = LIMIT + Duration::from_millis(20 * messages);
    let events = tokio::spawn(async move { events(&receiver, count, limit).await });
    for (action, rest) in [
        ("list", ""),
        ("redrive", "--yes --no-probe --rate 100000/s"),
    ] {
        let begun = Instant::now();
        let mut child = tool
            .command(&["dead-letters", action], rest)
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id().unwrap());
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = kilobytes.unwrap_or(0).max(peak);
            sleep(Duration::from_millis(5)).await;
        }
        assert!(child.wait().await.unwrap().success());
        let time = begun.elapsed();
        println!("{action}: {messages} messages of {devices} devices, {time:?}, {peak} kB at most");
        assert!((1..160_000).contains(&peak), "{peak} kB");
    }
    assert_complete_and_in_order(&events.await.unwrap(), devices, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_back_keeps_its_order_with_attributes_and_without() {
    const COUNT: usize = 6;
    let relay = Launch::new()
        .config(&Config::without_targets().file())
        .start()
        .await;
    let queues = Queues::at(&relay.sqs);
    let dead = queues.create_fifo("crm-dead").await;
    for number in 0..COUNT {
        let mut call = queues.client().send_message().queue_url(&dead);
        if number % 2 == 1 {
            let attribute = MessageAttributeValue::builder().data_type("String");
            let attribute = attribute.string_value("gave_up").build().unwrap();
            call = call.message_attributes("reason", attribute);
        }
        let call = call.message_body(number.to_string()).message_group_id("d");
        let call = call.message_deduplication_id(number.to_string());
        call.send().await.unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let tool = Tool::new(&relay, directory.path());
    let queue = format!("--queue {dead}");
    tool.dead_letters("put-back", &queue).await.succeeded();
    let received = queues.receive(&dead, COUNT, LIMIT).await;
    let bodies: Vec<&str> = received.iter().map(|it| it.body.as_str()).collect();
    assert_eq!(bodies, ["0", "1", "2", "3", "4", "5"]);
}
