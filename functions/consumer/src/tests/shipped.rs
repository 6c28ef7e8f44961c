//! The event file of this function, as `cargo lambda invoke` sends it.

use super::*;
use serde_json::Value;

const BATCH: &str = include_str!("../../events/batch.json");

#[test]
fn the_shipped_batch_is_forwarded_as_one_event() {
    let event: SqsEvent = serde_json::from_str(BATCH).unwrap();
    // Every attribute that AWS gives a record of a FIFO queue.
    for name in [
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "MessageDeduplicationId",
        "MessageGroupId",
        "SenderId",
        "SentTimestamp",
        "SequenceNumber",
    ] {
        assert!(event.records[0].attributes.contains_key(name), "{name}");
    }
    let (target, quarantine) = (FakeQueue::default(), FakeQueue::default());
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(ConsumerConfig::default())),
        queues(vec![target.clone()], quarantine.clone()),
        Clock::system(),
    );
    let response = run(consumer.handle(event, None)).unwrap();
    assert!(response.batch_item_failures.is_empty());
    assert!(quarantine.accepted().is_empty());
    let accepted = target.accepted();
    let [event] = accepted.as_slice() else {
        panic!("not one event: {accepted:?}");
    };
    let event: Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["type"], "io.thingrelay.device.properties.v1");
    assert_eq!(event["subject"], "QX7EXAMPLE/boiler-1");
    let properties = event["data"]["properties"].as_array().unwrap();
    let codes: Vec<&Value> = properties
        .iter()
        .map(|property| &property["code"])
        .collect();
    assert_eq!(codes, ["temperature", "burner_on"]);
}
