//! The event that Lambda sends, read so leniently that no odd record fails its batch.
//!
//! The type of `aws_lambda_events` refuses a whole batch for one record without headers, with a
//! byte over 127 in a header, or without a time.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html>.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::fmt;

/// An event of Lambda's Kafka event source, self-managed or MSK.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KafkaEvent {
    /// The cluster's brokers, `host:port,host:port`, for MSK and self-managed Kafka alike.
    #[serde(default)]
    bootstrap_servers: Value,
    /// By `topic-partition`, in the order of the event.
    #[serde(default)]
    records: Partitions,
}

/// The records of each partition.
#[derive(Debug, Clone, Default, PartialEq)]
struct Partitions(Vec<(String, Vec<Value>)>);

/// A record of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    pub topic: String,
    /// The partition; -1 if it is unknown.
    pub partition: i32,
    /// The offset; -1 if it is unknown.
    pub offset: i64,
    /// Milliseconds since 1970, if the record has a time.
    pub timestamp: Option<i64>,
    /// The key, if the record has one that can be read.
    pub key: Option<Vec<u8>>,
    pub value: RecordValue,
}

/// The value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordValue {
    /// No value: the record is a tombstone.
    Tombstone,
    /// The bytes that the producer sent.
    Bytes(Vec<u8>),
    /// A value that should be base64 and is not, as it came.
    Unreadable(Vec<u8>),
}

impl KafkaEvent {
    /// The cluster's brokers, each as `host:port`.
    pub fn brokers(&self) -> impl Iterator<Item = &str> {
        let brokers = self.bootstrap_servers.as_str().unwrap_or_default();
        let brokers = brokers.split(',').map(str::trim);
        brokers.filter(|broker| !broker.is_empty())
    }

    /// The records of the event: those of a partition in their order.
    pub fn records(&self) -> impl Iterator<Item = EventRecord> {
        self.records.0.iter().flat_map(|(partition, records)| {
            records
                .iter()
                .map(|record| EventRecord::of(partition, record))
        })
    }
}

impl EventRecord {
    fn of(of_partition: &str, record: &Value) -> EventRecord {
        let (topic, partition) = of_partition.rsplit_once('-').unwrap_or((of_partition, ""));
        let word = |key: &str| record.get(key).and_then(Value::as_str);
        let number = |key: &str| {
            let value = record.get(key)?;
            value.as_i64().or_else(|| value.as_str()?.parse().ok())
        };
        let decoded = |text: &str| BASE64.decode(text).ok();
        EventRecord {
            topic: word("topic").unwrap_or(topic).to_owned(),
            partition: number("partition")
                .and_then(|number| i32::try_from(number).ok())
                .or_else(|| partition.parse().ok())
                .unwrap_or(-1),
            offset: number("offset").unwrap_or(-1),
            timestamp: number("timestamp"),
            key: word("key").and_then(decoded),
            value: match record.get("value") {
                _ if !record.is_object() => {
                    RecordValue::Unreadable(record.to_string().into_bytes())
                }
                None | Some(Value::Null) => RecordValue::Tombstone,
                Some(Value::String(text)) => match decoded(text) {
                    Some(bytes) => RecordValue::Bytes(bytes),
                    None => RecordValue::Unreadable(text.clone().into_bytes()),
                },
                Some(other) => RecordValue::Unreadable(other.to_string().into_bytes()),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Partitions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Partitions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("records by topic and partition")
            }

            fn visit_unit<E>(self) -> Result<Partitions, E> {
                Ok(Partitions::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Partitions, A::Error> {
                let mut partitions = Vec::new();
                while let Some((name, records)) = map.next_entry::<String, Value>()? {
                    let records = match records {
                        Value::Array(records) => records,
                        Value::Null => Vec::new(),
                        other => vec![other],
                    };
                    partitions.push((name, records));
                }
                Ok(Partitions(partitions))
            }
        }

        deserializer.deserialize_any(InOrder)
    }
}
