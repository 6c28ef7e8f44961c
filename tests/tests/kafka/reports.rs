//! The reports of devices, and the check that all of them have come.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};
use thingrelay_tests::kafka::{Outgoing, Place};
use thingrelay_tests::message::{PRODUCT, queue_envelope};
use thingrelay_tests::staged::Staged;

/// Reports of devices, round after round, numbered by `counts`.
pub(crate) fn reports(devices: usize, counts: Range<u64>) -> Vec<Outgoing> {
    let one = |device: usize, count: u64| {
        let device = format!("device-{device}");
        Outgoing::of(&device, report(&device, count))
    };
    counts
        .flat_map(|count| (0..devices).map(move |device| one(device, count)))
        .collect()
}

/// A device reports one property, `count`.
pub(crate) fn report(device: &str, count: u64) -> Vec<u8> {
    let topic = format!("$thing/up/property/{PRODUCT}/{device}");
    let payload = json!({"method": "report", "clientToken": "t", "params": {"count": count}});
    let payload = payload.to_string();
    let time = "2026-11-21 12:00:00";
    queue_envelope(device, &topic, count, time, payload.as_bytes())
}

/// Checks that the reports of every device are exactly `0..each`, in order, and in a separate
/// group.
pub(crate) fn assert_complete_and_in_order(staged: &[Staged], devices: usize, each: u64) {
    let mut counts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for staged in staged {
        let report: Value = serde_json::from_slice(&staged.original).unwrap();
        let device = report["DeviceName"].as_str().unwrap().to_owned();
        let other = groups.insert(&staged.group, device.clone());
        assert!(other.is_none_or(|other| other == device), "a shared group");
        let count = report["Seq"].as_u64().unwrap();
        counts.entry(device).or_default().push(count);
    }
    assert_eq!(counts.len(), devices, "devices heard of");
    assert_eq!(groups.len(), devices, "groups");
    let expected: Vec<u64> = (0..each).collect();
    for (device, found) in counts {
        assert_eq!(found, expected, "the messages of {device}");
    }
}

/// The place of a staged record.
pub(crate) fn place(staged: &Staged) -> Place {
    let delivery = &staged.provenance["kafka"];
    Place {
        partition: delivery["partition"].as_i64().unwrap().try_into().unwrap(),
        offset: delivery["offset"].as_i64().unwrap(),
    }
}
