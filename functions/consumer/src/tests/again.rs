//! Messages that were staged again.

use super::*;
use thingrelay::telemetry::Counters;

fn settings() -> ConsumerConfig {
    let tables = ["a", "b"].map(|name| {
        format!(
            "[targets.{name}]\ntype = \"sqs\"\nqueue_url = \"http://127.0.0.1/0/{name}.fifo\"\n"
        )
    });
    ConsumerConfig::parse(&[&tables.concat()]).unwrap()
}

/// Works a record with this member `replay`. Returns what each target and quarantine got.
fn work_again(replay: &str, original: &str) -> [Vec<String>; 3] {
    let mut record = record(Some("m"), "g", original);
    let body = record.body.take().unwrap_or_default();
    let body = body.replacen("\"v\":1", "\"v\":3", 1);
    let member = format!("\"replay\":{replay},\"encoding\"");
    record.body = Some(body.replacen("\"encoding\"", &member, 1));
    let sequence = ("SequenceNumber".to_owned(), "17".to_owned());
    record.attributes.extend([sequence]);
    let (a, b, quarantine) = <(FakeQueue, FakeQueue, FakeQueue)>::default();
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(settings())),
        queues(vec![a.clone(), b.clone()], quarantine.clone()),
        Clock::from_fn(|| Timestamp::from_unix_millis(0)),
    );
    assert_eq!(replayed(&consumer, record), 1);
    [a, b, quarantine].map(|queue| queue.accepted())
}

/// Works a record until it is done. Returns how many records were counted as staged again.
fn replayed(consumer: &Consumer<FakeQueue, FakeQueue>, record: SqsMessage) -> u64 {
    let mut event = SqsEvent::default();
    event.records = vec![record];
    let counters = Counters::default();
    let response = metrics::with_local_recorder(&counters, || run(consumer.handle(event, None)));
    assert!(response.unwrap().batch_item_failures.is_empty());
    let counts = counters.take().into_iter();
    let replayed = counts.filter(|(row, _)| row.name == "replayed");
    replayed.map(|(_, count)| count).sum()
}

#[test]
fn only_what_was_staged_again_counts_as_such() {
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(settings())),
        queues(vec![FakeQueue::default(); 2], FakeQueue::default()),
        Clock::from_fn(|| Timestamp::from_unix_millis(0)),
    );
    for original in ["17", "not JSON"] {
        assert_eq!(replayed(&consumer, record(Some("m"), "g", original)), 0);
    }
}

#[test]
fn events_have_the_id_of_the_run_and_go_only_where_they_are_sent() {
    for (replay, expected) in [
        (r#"{"run":"r-1"}"#, [1, 1, 0]),
        (r#"{"run":"r-1","target":"b"}"#, [0, 1, 0]),
        (r#"{"run":"r-1","target":"gone"}"#, [0, 0, 0]),
    ] {
        let found = work_again(replay, "17");
        assert_eq!(found.each_ref().map(Vec::len), expected, "{replay}");
        for event in found.iter().flatten() {
            let event: serde_json::Value = serde_json::from_str(event).unwrap();
            assert_eq!(event["replay"], "r-1");
            assert_eq!(event["id"], format!("{}-0", "0".repeat(64)));
        }
    }
}

#[test]
fn quarantine_keeps_the_place_in_the_order() {
    let [_, _, quarantined] = work_again(r#"{"run":"r-1"}"#, "not JSON");
    let line = quarantined[0].split('\n').next().unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["group"], &line["sequence"]),
        (&"g".into(), &"17".into())
    );
}
