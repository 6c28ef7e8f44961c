#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex};
use thingrelay::queue::SendError;
use thingrelay_core::{
    config::EventSourceConfig,
    message::Message,
    staged::{EdgeError, Staged, Transport},
    timestamp::Timestamp,
};

const SETTINGS: &str = r#"
    [sources.plant]
    platform = "tencent-iot-explorer"
    channel = "ckafka"
    topics = ["iot", "status"]

    [sources.cameras]
    platform = "tencent-iot-video"
    channel = "ckafka"
    topics = ["video", "shared"]
    brokers = ["a.example:9092", "b.example:9092"]

    [sources.doors]
    platform = "tencent-iot-hub"
    channel = "ckafka"
    topics = ["shared"]
    brokers = ["c.example:9092"]

    [sources.anywhere]
    platform = "tencent-iot-hub"
    channel = "ckafka"
    topics = ["common"]

    [sources.here]
    platform = "tencent-iot-hub"
    channel = "ckafka"
    topics = ["common"]
    brokers = ["a.example:9092"]

    [sources.pulled]
    platform = "tencent-iot-hub"
    channel = "ckafka"
    topics = ["iot", "own"]
    brokers = ["a.example:9092"]
    group = "thingrelay"
    security = "sasl_plaintext"
    username = "instance#reader"

    [sources.broken]
    platform = "tencent-iot-hub"
    tokens = "the function needs none"
"#;

/// A queue that accepts, or fails for messages with certain words.
#[derive(Default)]
struct FakeQueue {
    accepted: Mutex<Vec<Message>>,
    /// How often each message whose body has the words is refused for now.
    transient: Mutex<HashMap<&'static str, usize>>,
    /// The longest body that is accepted.
    longest: Option<usize>,
}

impl Sender for &FakeQueue {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let mut transient = self.transient.lock().unwrap();
        let results = messages.iter().map(|message| {
            for (words, left) in transient.iter_mut() {
                if *left > 0 && message.body.contains(words) {
                    *left -= 1;
                    return Err(SendError::Transient("down".into()));
                }
            }
            if self
                .longest
                .is_some_and(|longest| message.body.len() > longest)
            {
                return Err(SendError::Permanent("InvalidMessageContents".into()));
            }
            self.accepted.lock().unwrap().push((*message).clone());
            Ok(())
        });
        results.collect()
    }
}

fn handle(queue: &FakeQueue, event: &Value) -> Result<Batch, BatchError> {
    handle_until(queue, event, None)
}

fn handle_until(
    queue: impl Sender + Sync,
    event: &Value,
    deadline: Option<Instant>,
) -> Result<Batch, BatchError> {
    let event: KafkaEvent = serde_json::from_value(event.clone()).unwrap();
    let config = EventSourceConfig::parse(&[SETTINGS]).unwrap();
    let clock = Clock::from_fn(|| Timestamp::from_unix_millis(1_795_233_600_250));
    let ckafka = Ckafka::new(Arc::new(CurrentConfig::new(config)), queue, clock);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(ckafka.handle(&event, deadline))
}

/// Accepts the first call, and never answers the others.
#[derive(Default)]
struct Stuck {
    queue: FakeQueue,
    calls: Mutex<usize>,
}

impl Sender for &Stuck {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let first = {
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            *calls == 1
        };
        match first {
            true => (&self.queue).send_batch(messages).await,
            false => std::future::pending().await,
        }
    }
}

#[test]
fn a_batch_ends_by_its_deadline_and_what_was_staged_is_counted() {
    let event = json!({"records": {"iot-0": [
        record("iot", 0, &envelope("a", 0)),
        record("iot", 1, &envelope("b", 1)),
        record("iot", 2, &envelope("b", 2)),
    ]}});
    let queue = Stuck::default();
    let counters = thingrelay::telemetry::Counters::default();
    let deadline = Some(Instant::now() + std::time::Duration::from_millis(200));
    let failed = metrics::with_local_recorder(&counters, || handle_until(&queue, &event, deadline));
    let Err(BatchError::NotStaged { failed, .. }) = failed else {
        panic!("{failed:?}");
    };
    // Of device b, the second record was never sent.
    assert_eq!(failed, 2);
    assert_eq!(originals(&queue.queue).len(), 2);
    let counted = counters.take();
    let accepted = counted.iter().find(|(row, _)| row.name == "accepted");
    assert_eq!(accepted.map(|(_, count)| *count), Some(1));
}

fn base64(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(text)
}

fn record(topic: &str, offset: i64, value: &str) -> Value {
    json!({
        "topic": topic, "partition": 0, "offset": offset, "timestamp": 1_795_233_600_000_i64,
        "timestampType": "CREATE_TIME", "value": base64(value), "headers": [],
    })
}

fn envelope(device: &str, number: i64) -> String {
    json!({"ProductId": "P", "DeviceName": device, "Seq": number, "Payload": null}).to_string()
}

fn originals(queue: &FakeQueue) -> Vec<String> {
    let accepted = queue.accepted.lock().unwrap();
    let originals = accepted.iter().map(|message| {
        let staged = Staged::from_body(&message.body).unwrap();
        String::from_utf8_lossy(&staged.original).into_owned()
    });
    originals.collect()
}

#[test]
fn the_shipped_event_is_staged() {
    let event: Value = serde_json::from_str(include_str!("../events/batch.json")).unwrap();
    let queue = FakeQueue::default();
    assert_eq!(handle(&queue, &event), Ok(Batch { records: 1 }));
    let accepted = queue.accepted.lock().unwrap();
    let staged = Staged::from_body(&accepted[0].body).unwrap();
    assert_eq!(staged.source.as_str(), "plant");
    let Transport::Kafka(delivery) = staged.transport else {
        panic!("{:?}", staged.transport);
    };
    assert_eq!(
        (&*delivery.topic, delivery.partition, delivery.offset),
        ("iot", 0, 1041)
    );
}

#[test]
fn several_topics_and_partitions_are_staged_each_under_its_source() {
    let event = json!({
        "eventSource": "aws:kafka",
        "bootstrapServers": "x.example:9092, b.example:9092",
        "records": {
            "iot-0": [record("iot", 1, "{}"), record("iot", 2, "{\"a\":1}")],
            "video-7": [record("video", 1, "{}")],
            "shared-0": [record("shared", 1, "{}")],
        },
    });
    let queue = FakeQueue::default();
    assert_eq!(handle(&queue, &event), Ok(Batch { records: 4 }));
    let mut sources: Vec<String> = queue
        .accepted
        .lock()
        .unwrap()
        .iter()
        .map(|message| Staged::from_body(&message.body).unwrap().source.to_string())
        .collect();
    sources.sort();
    assert_eq!(sources, ["cameras", "cameras", "plant", "plant"]);
}

#[test]
fn a_topic_of_several_sources_is_told_by_its_brokers_and_never_guessed() {
    for (topic, brokers, expected) in [
        ("shared", json!("c.example:9092"), Some("doors")),
        ("shared", json!("a.example:9092"), Some("cameras")),
        (
            "shared",
            json!("x.example:9092,A.Example:9092"),
            Some("cameras"),
        ),
        ("shared", json!("x.example:9092"), None),
        ("shared", json!(null), None),
        ("shared", json!(5), None),
        // One of them names no broker, so it gets the records of other clusters.
        ("common", json!("a.example:9092"), Some("here")),
        ("common", json!("x.example:9092"), Some("anywhere")),
        // A source that is pulled is not chosen if there is another.
        ("iot", json!("a.example:9092"), Some("plant")),
        ("own", json!("x.example:9092"), Some("pulled")),
    ] {
        let name = format!("{topic}-0");
        let event =
            json!({"bootstrapServers": brokers, "records": {name: [record(topic, 1, "{}")]}});
        let queue = FakeQueue::default();
        let handled = handle(&queue, &event);
        let accepted = queue.accepted.lock().unwrap();
        let found = accepted.first().map(|message| {
            let staged = Staged::from_body(&message.body).unwrap();
            staged.source.to_string()
        });
        assert_eq!(found.as_deref(), expected, "{topic} of {brokers}");
        match expected {
            Some(_) => assert_eq!(handled, Ok(Batch { records: 1 })),
            None => assert_eq!(handled, Err(BatchError::UnknownTopic(topic.to_owned()))),
        }
    }
}

#[test]
fn no_odd_record_fails_its_batch() {
    let odd = [
        json!({"topic": "iot", "partition": 0, "offset": 1}),
        json!({"topic": "iot", "partition": 0, "offset": 2, "value": null, "headers": null}),
        json!({"topic": "iot", "partition": 0, "offset": 3, "value": base64("{}"), "timestamp": -1}),
        json!({"topic": "iot", "partition": 0, "offset": 4, "value": base64("{}"), "timestamp": null}),
        json!({"topic": "iot", "partition": 0, "offset": 5, "value": base64("{}"), "headers": [{"h": [200, -3, 999]}]}),
        json!({"topic": "iot", "partition": 0, "offset": 6, "value": base64("{}"), "headers": "none"}),
        json!({"topic": "iot", "partition": 0, "offset": 7, "value": base64("{}"), "key": "*"}),
        json!({"topic": "iot", "partition": 0, "offset": 8, "value": "no base64 *"}),
        json!({"topic": "iot", "partition": 0, "offset": 9, "value": {"not": "text"}}),
        json!({"topic": "iot", "partition": "0", "offset": "10", "value": base64("{}")}),
        json!({"value": base64("{}")}),
        json!({"topic": "iot", "partition": 1e9, "offset": 1e30, "value": base64("x")}),
        json!("no record"),
        json!(null),
    ];
    let event = json!({"records": {"iot-3": odd}});
    let queue = FakeQueue::default();
    assert_eq!(handle(&queue, &event), Ok(Batch { records: odd.len() }));
    let originals = originals(&queue);
    assert_eq!(originals.len(), odd.len());
    assert_eq!(
        originals
            .iter()
            .filter(|original| original.is_empty())
            .count(),
        2
    );
    for expected in ["no base64 *", "{\"not\":\"text\"}", "\"no record\"", "null"] {
        assert!(
            originals.iter().any(|original| original == expected),
            "{expected}"
        );
    }
}

#[test]
fn an_event_without_records_is_done() {
    for event in [
        json!({}),
        json!({"records": null}),
        json!({"records": {}}),
        json!({"records": {"iot-0": null, "iot-1": []}}),
    ] {
        let queue = FakeQueue::default();
        assert_eq!(handle(&queue, &event), Ok(Batch { records: 0 }), "{event}");
    }
}

#[test]
fn a_topic_without_a_source_fails_the_batch_and_the_rest_is_staged() {
    let event = json!({"records": {
        "iot-0": [record("iot", 1, "{}")],
        "other-0": [record("other", 1, "{}")],
    }});
    let queue = FakeQueue::default();
    assert_eq!(
        handle(&queue, &event),
        Err(BatchError::UnknownTopic("other".to_owned()))
    );
    assert_eq!(originals(&queue).len(), 1);
}

#[test]
fn after_a_failure_the_rest_of_the_device_waits_and_the_batch_comes_again() {
    let records: Vec<Value> = (0..6)
        .map(|number| {
            let device = if number % 2 == 0 { "a" } else { "b" };
            record("iot", number, &envelope(device, number))
        })
        .collect();
    let event = json!({"records": {"iot-0": records}});
    let queue = FakeQueue::default();
    let second_of_a = "\"Seq\":2";
    queue.transient.lock().unwrap().insert(second_of_a, 1);
    let failed = handle(&queue, &event).unwrap_err();
    assert_eq!(
        failed,
        BatchError::NotStaged {
            failed: 3,
            records: 6,
            source: SendError::Transient("down".into()),
        }
    );
    let of_a = |originals: Vec<String>| -> Vec<String> {
        let of_a = originals
            .into_iter()
            .filter(|text| text.contains("\"DeviceName\":\"a\""));
        of_a.collect()
    };
    assert_eq!(of_a(originals(&queue)), [envelope("a", 0)]);
    assert_eq!(originals(&queue).len(), 4);
    // The same batch again: the queue drops the copies by their ids.
    queue.accepted.lock().unwrap().clear();
    assert_eq!(handle(&queue, &event), Ok(Batch { records: 6 }));
    assert_eq!(
        of_a(originals(&queue)),
        [0, 2, 4].map(|number| envelope("a", number))
    );
}

#[test]
fn what_the_queue_refuses_for_good_goes_by_reference_and_in_order() {
    let large = json!({"ProductId": "P", "DeviceName": "a", "x": "y".repeat(2000)}).to_string();
    let records = [
        record("iot", 0, &envelope("a", 0)),
        record("iot", 1, &large),
        record("iot", 2, &envelope("a", 2)),
    ];
    let queue = FakeQueue {
        longest: Some(1500),
        ..FakeQueue::default()
    };
    let event = json!({"records": {"iot-0": records}});
    assert_eq!(handle(&queue, &event), Ok(Batch { records: 3 }));
    let accepted = queue.accepted.lock().unwrap();
    let mut seen = Vec::new();
    for message in accepted.iter() {
        let fifo = message.fifo.as_ref().unwrap();
        if !seen.iter().any(|(id, _)| id == &fifo.deduplication) {
            let staged = Staged::from_body(&message.body).unwrap();
            seen.push((fifo.deduplication.clone(), staged.error));
        }
    }
    // The third was sent after the refused second, which can never be on the queue, so that the
    // third cannot overtake it; and then once more.
    let failures: Vec<Option<EdgeError>> = seen.into_iter().map(|(_, failure)| failure).collect();
    assert_eq!(
        failures.iter().filter(|failure| failure.is_some()).count(),
        1
    );
    assert_eq!(failures.len(), 3);
}

proptest! {
    #[test]
    fn no_event_panics(text in "[\\[\\]{}\":,a-z0-9-]{0,60}", records in any::<Vec<u8>>()) {
        if let Ok(event) = serde_json::from_str::<KafkaEvent>(&text) {
            event.records().for_each(drop);
        }
        let value = String::from_utf8_lossy(&records).into_owned();
        let event = json!({"records": {value.clone(): [value.clone(), {"value": value}]}});
        let event: KafkaEvent = serde_json::from_value(event).unwrap();
        prop_assert_eq!(event.records().count(), 2);
    }
}
