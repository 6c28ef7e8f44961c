//! Numbered messages of many devices, and the check that none is lost or out of order.

use std::collections::BTreeMap;

use serde_json::Value;

/// The device's name and the count, from the event of a [`report`](crate::message::report).
///
/// # Panics
///
/// If the event is not that of a report.
pub fn device_and_count(event: &Value) -> (String, u64) {
    let device = event["data"]["device"]["name"].as_str();
    let count = event["data"]["properties"][0]["value"].as_u64();
    match (device, count) {
        (Some(device), Some(count)) => (device.to_owned(), count),
        _ => panic!("not the event of a report: {event}"),
    }
}

/// The counts of each device, in the order of their arrival.
pub fn by_device<'a>(events: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, Vec<u64>> {
    let mut counts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for event in events {
        let (device, count) = device_and_count(event);
        counts.entry(device).or_default().push(count);
    }
    counts
}

/// Keeps the first event of each id.
///
/// # Panics
///
/// If two events with the same id differ.
pub fn without_repeats(events: Vec<Value>) -> Vec<Value> {
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    let mut kept = Vec::new();
    for event in events {
        let id = event["id"].as_str().expect("an event has an id").to_owned();
        match seen.get(&id) {
            Some(first) => assert_eq!(*first, event, "one id, two contents"),
            None => {
                seen.insert(id, event.clone());
                kept.push(event);
            }
        }
    }
    kept
}

/// Checks that the counts of every device are exactly `0..each`, in order.
///
/// # Panics
///
/// If they are not; the message names the first device that differs.
pub fn assert_complete_and_in_order(events: &[Value], devices: usize, each: u64) {
    let counts = by_device(events);
    assert_eq!(counts.len(), devices, "devices heard of");
    let expected: Vec<u64> = (0..each).collect();
    for (device, found) in counts {
        assert_eq!(found, expected, "the messages of {device}");
    }
}
