//! What Lambda's event source of Kafka sends, and the records in it.
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::input;
use crate::kafka_event::{EventRecord, KafkaEvent, RecordValue};
use crate::staging::{DECODINGS, events, queue_takes};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use serde_json::{Value, json};
use thingrelay_core::kafka::{Record, to_stage};
use thingrelay_core::source::{Platform, SourceName};
use thingrelay_core::staged::{Staged, Transport};
use thingrelay_core::timestamp::Timestamp;

static SOURCE: LazyLock<SourceName> = LazyLock::new(|| SourceName::parse("stream").unwrap());

/// Checks an input.
pub fn check(input: &[u8]) {
    if let Some((&input::GENERATED, choices)) = input.split_first() {
        if let Ok(records) = Vec::<Given>::arbitrary(&mut Unstructured::new(choices)) {
            records_are_read_as_they_were_sent(&records);
        }
        return;
    }
    let Ok(event) = serde_json::from_slice::<KafkaEvent>(input) else {
        // Any object in UTF-8 is an event, as far as Lambda sends no member twice.
        let Ok(text) = std::str::from_utf8(input) else {
            return;
        };
        let sent = serde_json::from_str::<serde_json::Map<String, Value>>(text);
        let records = sent.ok().and_then(|sent| sent.get("records").cloned());
        let is_once = |name| text.matches(name).count() == 1 && !text.contains("\\u");
        let is_event = matches!(records, Some(Value::Object(_) | Value::Null));
        assert!(!(is_event && is_once("\"records\"") && is_once("\"bootstrapServers\"")));
        return;
    };
    for broker in event.brokers() {
        assert!(!broker.is_empty() && !broker.contains(','));
    }
    if let Ok(Value::Object(sent)) = serde_json::from_slice(input) {
        let of_partition = |records: &Value| match records {
            Value::Array(records) => records.len(),
            Value::Null => 0,
            _ => 1,
        };
        let partitions = sent
            .get("records")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let fewest: usize = partitions.map(|(_, records)| of_partition(records)).sum();
        assert!(
            event.records().count() >= fewest,
            "no record is passed over"
        );
    }
    stage_all(event.records());
}

/// A record as a producer sends it.
#[derive(Arbitrary, Debug)]
struct Given<'a> {
    topic: &'a str,
    partition: u16,
    offset: u32,
    timestamp: Option<i64>,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
}

fn records_are_read_as_they_were_sent(given: &[Given<'_>]) {
    let mut records: Vec<(String, Vec<Value>)> = Vec::new();
    for it in given {
        let of = format!("{}-{}", it.topic, it.partition);
        let record = json!({
            "topic": it.topic, "partition": it.partition, "offset": it.offset,
            "timestamp": it.timestamp, "timestampType": "CREATE_TIME",
            "key": it.key.map(|key| BASE64.encode(key)),
            "value": it.value.map(|value| BASE64.encode(value)), "headers": [],
        });
        match records.iter_mut().find(|(name, _)| *name == of) {
            Some((_, records)) => records.push(record),
            None => records.push((of, vec![record])),
        }
    }
    let partitions: Vec<String> = records
        .iter()
        .map(|(name, records)| format!("{}:{}", json!(name), json!(records)))
        .collect();
    let text = format!(
        r#"{{"eventSource":"SelfManagedKafka","bootstrapServers":"b1:9092, b2:9092","records":{{{}}}}}"#,
        partitions.join(",")
    );
    let event: KafkaEvent = serde_json::from_str(&text).expect("an event of Lambda's is read");
    assert!(event.brokers().eq(["b1:9092", "b2:9092"]));
    let mut read: Vec<EventRecord> = event.records().collect();
    assert_eq!(read.len(), given.len());
    for it in given {
        let record = EventRecord {
            topic: it.topic.to_owned(),
            partition: it.partition.into(),
            offset: it.offset.into(),
            timestamp: it.timestamp,
            key: it.key.map(<[u8]>::to_vec),
            value: it.value.map_or(RecordValue::Tombstone, |value| {
                RecordValue::Bytes(value.to_vec())
            }),
        };
        let at = read.iter().position(|other| *other == record);
        read.remove(at.expect("the record is read as it was sent"));
    }
    stage_all(event.records());
}

/// Stages records, and checks that no two share an id, unless they are one record.
fn stage_all(records: impl Iterator<Item = EventRecord>) {
    let mut seen: HashMap<String, (String, i32, i64, Vec<u8>)> = HashMap::new();
    for record in records {
        let value = match &record.value {
            RecordValue::Tombstone => None,
            RecordValue::Bytes(bytes) | RecordValue::Unreadable(bytes) => Some(bytes.as_slice()),
        };
        let (id, message) = to_stage(
            &SOURCE,
            Platform::TencentIotHub,
            &Record {
                topic: &record.topic,
                partition: record.partition,
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key.as_deref(),
                value,
            },
            Timestamp::from_unix_millis(1_750_000_000_123),
        );
        queue_takes(&message);
        let staged = Staged::from_body(&message.body).expect("what is staged reads back");
        assert_eq!((&staged.id, staged.error), (&id, None));
        assert_eq!(&*staged.original, value.unwrap_or_default());
        let Transport::Kafka(provenance) = &staged.transport else {
            panic!("a record comes by Kafka");
        };
        assert_eq!(provenance.topic, record.topic);
        assert_eq!(
            (provenance.partition, provenance.offset),
            (record.partition, record.offset)
        );
        for decoding in DECODINGS {
            let _ = events(&staged, decoding);
        }
        let value = value.unwrap_or_default().to_vec();
        let place = (record.topic, record.partition, record.offset, value);
        let earlier = seen.entry(id.to_string()).or_insert_with(|| place.clone());
        assert_eq!(*earlier, place, "two records share an id");
    }
}
