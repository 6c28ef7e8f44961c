//! The messages on the staging queue.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use thingrelay_tests::queue::Received;

/// A staged message, parsed by its documented format: a line of provenance, then the original
/// message.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) provenance: Value,
    pub(crate) original: Vec<u8>,
    pub(crate) group: String,
}

/// A message in quarantine: a line with the reason, then the staged message.
#[derive(Debug)]
pub(crate) struct Quarantined {
    pub(crate) why: Value,
    pub(crate) record: Record,
}

impl Record {
    pub(crate) fn parse(received: &Received) -> Self {
        Record::read(&received.body, &received.group)
    }

    fn read(body: &str, group: &str) -> Self {
        let (provenance, rest) = body.split_once('\n').unwrap();
        let provenance: Value = serde_json::from_str(provenance).unwrap();
        let original = match provenance["encoding"].as_str() {
            Some("text") => rest.as_bytes().to_vec(),
            Some("base64") => BASE64.decode(rest).unwrap(),
            other => panic!("encoding {other:?}"),
        };
        Record {
            provenance,
            original,
            group: group.to_owned(),
        }
    }

    /// The device and the number of a report.
    pub(crate) fn device_and_count(&self) -> (String, u64) {
        let report: Value = serde_json::from_slice(&self.original).unwrap();
        match (
            report["devId"].as_str(),
            report["status"][0]["value"].as_u64(),
        ) {
            (Some(device), Some(count)) => (device.to_owned(), count),
            _ => panic!("no report: {report}"),
        }
    }
}

impl Quarantined {
    pub(crate) fn parse(received: &Received) -> Self {
        let (why, record) = received.body.split_once('\n').unwrap();
        Quarantined {
            why: serde_json::from_str(why).unwrap(),
            record: Record::read(record, &received.group),
        }
    }
}

/// Checks that the reports of every device are exactly `0..each`, in order, and in a separate
/// group.
pub(crate) fn assert_complete_and_in_order(records: &[Record], devices: usize, each: u64) {
    let mut counts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for record in records {
        let (device, count) = record.device_and_count();
        let other = groups.insert(&record.group, device.clone());
        assert!(other.is_none_or(|other| other == device), "a shared group");
        counts.entry(device).or_default().push(count);
    }
    assert_eq!(counts.len(), devices, "devices heard of");
    assert_eq!(groups.len(), devices, "groups");
    let expected: Vec<u64> = (0..each).collect();
    for (device, found) in counts {
        assert_eq!(found, expected, "the messages of {device}");
    }
}
