//! Makes a message for the staging queue from a record of a Kafka topic.

use crate::{
    identity::{Identified, MessageId},
    message::Message,
    panics::catch_panic,
    source::{Platform, SourceName},
    staged::{Incoming, KafkaProvenance, Transport},
    tencent,
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// A record of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970; a negative number is not a time.
    pub timestamp: Option<i64>,
    pub key: Option<&'a [u8]>,
    /// `None` for a tombstone.
    pub value: Option<&'a [u8]>,
}

/// The longest key that is staged, in bytes. The limit leaves room for the original.
const MAX_KEY_BYTES: usize = 512;

/// The message to stage, and its id. A tombstone is staged as an empty original. A record that is
/// too large for the queue is staged as a reference. A record whose identification panics is staged
/// whole, with that reason. All three go to quarantine.
pub fn to_stage(
    source: &SourceName,
    platform: Platform,
    record: &Record<'_>,
    received: Timestamp,
) -> (MessageId, Message) {
    to_stage_by(tencent::identify_record, source, platform, record, received)
}

type Identify = fn(&SourceName, &str, i32, i64, &[u8]) -> Identified;

fn to_stage_by(
    identify: Identify,
    source: &SourceName,
    platform: Platform,
    record: &Record<'_>,
    received: Timestamp,
) -> (MessageId, Message) {
    let (topic, partition, offset) = (record.topic, record.partition, record.offset);
    let value = record.value.unwrap_or_default();
    let (identified, error) =
        match catch_panic(|| identify(source, topic, partition, offset, value)) {
            Ok(identified) => (identified, None),
            Err(panicked) => (
                tencent::identify_unread_record(source, topic, partition, offset, value),
                Some(panicked.into()),
            ),
        };
    let key = record
        .key
        .filter(|key| key.len() <= MAX_KEY_BYTES)
        .and_then(|key| std::str::from_utf8(key).ok());
    let incoming = Incoming {
        identified,
        source,
        platform,
        received,
        transport: Transport::Kafka(KafkaProvenance {
            topic: Cow::Borrowed(record.topic),
            partition: record.partition,
            offset: record.offset,
            timestamp: record
                .timestamp
                .filter(|millis| *millis >= 0)
                .map(Timestamp::from_unix_millis),
            key: key.map(Cow::Borrowed),
        }),
        error,
        original: Cow::Borrowed(value),
    };
    incoming.into_message()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MAX_BYTES;
    use crate::{
        source::Channel,
        staged::{EdgeError, MAX_ORIGINAL_BYTES, Staged, stand_in},
    };
    use sha2::{Digest, Sha256};

    const RECORD: Record<'static> = Record {
        topic: "iot",
        partition: 3,
        offset: 7,
        timestamp: Some(1_795_233_600_000),
        key: Some(b"k"),
        value: Some(br#"{"ProductId":"P","DeviceName":"d","Payload":"e30="}"#),
    };

    fn staged(record: &Record<'_>) -> (MessageId, Message) {
        let source = SourceName::parse("plant").unwrap();
        let received = Timestamp::from_unix_millis(1_795_233_600_250);
        to_stage(&source, Platform::TencentIotExplorer, record, received)
    }

    fn read(message: &Message) -> Staged<'_> {
        Staged::from_body(&message.body).unwrap()
    }

    #[test]
    fn a_record_is_staged_whole_with_its_place() {
        let (id, message) = staged(&RECORD);
        let read = read(&message);
        assert_eq!(Some(&*read.original), RECORD.value);
        assert_eq!((&read.id, read.transport.channel()), (&id, Channel::Ckafka));
        assert_eq!(read.error, None);
        let Transport::Kafka(delivery) = read.transport else {
            panic!("{:?}", read.transport);
        };
        assert_eq!(delivery.topic, "iot");
        assert_eq!((delivery.partition, delivery.offset), (3, 7));
        assert_eq!(delivery.key.as_deref(), Some("k"));
        let fifo = message.fifo.unwrap();
        assert_eq!(fifo.deduplication, id.as_str());
    }

    #[test]
    fn odd_records_are_staged_too() {
        for record in [
            Record {
                value: None,
                ..RECORD
            },
            Record {
                value: Some(b""),
                ..RECORD
            },
            Record {
                value: Some(b"\xff\x00"),
                ..RECORD
            },
            Record {
                key: None,
                timestamp: None,
                ..RECORD
            },
            Record {
                key: Some(b"\xff"),
                timestamp: Some(-1),
                ..RECORD
            },
            Record {
                key: Some(&[b'k'; 513]),
                timestamp: Some(i64::MAX),
                ..RECORD
            },
        ] {
            let (_, message) = staged(&record);
            let read = read(&message);
            assert_eq!(&*read.original, record.value.unwrap_or_default());
            assert_eq!(read.error, None);
        }
    }

    #[test]
    fn the_place_and_the_value_are_the_identity() {
        let (id, message) = staged(&RECORD);
        let other_time = Record {
            timestamp: None,
            key: None,
            ..RECORD
        };
        assert_eq!(staged(&other_time).0, id);
        for other in [
            Record {
                topic: "iot2",
                ..RECORD
            },
            Record {
                partition: 4,
                ..RECORD
            },
            Record {
                offset: 8,
                ..RECORD
            },
            Record {
                value: Some(b"{}"),
                ..RECORD
            },
        ] {
            assert_ne!(staged(&other).0, id, "{other:?}");
        }
        // Records of a device are in one group, whatever their partition.
        let elsewhere = Record {
            partition: 4,
            offset: 9,
            ..RECORD
        };
        let group = |message: Message| message.fifo.unwrap().group;
        let nobody = Record {
            value: Some(b"{}"),
            ..RECORD
        };
        let of_device = group(message);
        assert_eq!(group(staged(&elsewhere).1), of_device);
        assert_ne!(group(staged(&nobody).1), of_device);
    }

    #[test]
    fn what_is_too_large_is_staged_by_reference() {
        for (bytes, is_whole) in [
            (MAX_ORIGINAL_BYTES, true),
            (MAX_ORIGINAL_BYTES + 1, false),
            (8_000_000, false),
        ] {
            // Bytes that are not text take the most room.
            let value = vec![0xff; bytes];
            let (_, message) = staged(&Record {
                value: Some(&value),
                ..RECORD
            });
            assert!(message.body.len() < MAX_BYTES);
            let read = read(&message);
            if is_whole {
                assert_eq!((read.original.len(), read.error), (bytes, None));
                continue;
            }
            assert_eq!(read.error, Some(EdgeError::TooLarge));
            let reference: serde_json::Value = serde_json::from_slice(&read.original).unwrap();
            let hash = hex::encode(Sha256::digest(&value));
            assert_eq!(
                reference,
                serde_json::json!({"topic": "iot", "partition": 3, "offset": 7, "bytes": bytes, "sha256": hash})
            );
        }
    }

    #[test]
    fn a_record_that_panics_is_staged_whole_with_the_reason() {
        let source = SourceName::parse("plant").unwrap();
        let received = Timestamp::from_unix_millis(0);
        let panicking: Identify = |_, _, _, _, _| panic!("a defect on this record");
        let (id, message) = to_stage_by(
            panicking,
            &source,
            Platform::TencentIotHub,
            &RECORD,
            received,
        );
        let read = read(&message);
        assert_eq!((&read.id, read.error), (&id, Some(EdgeError::Panic)));
        assert_eq!(Some(&*read.original), RECORD.value);
        // The record keeps its id, so that a copy that a fixed program stages has the same id.
        assert_eq!(id, staged(&RECORD).0);
    }

    #[test]
    fn a_stand_in_has_the_same_id_and_group() {
        let (id, whole) = staged(&RECORD);
        let message = stand_in(&whole).unwrap();
        assert_eq!(message.fifo, whole.fifo);
        let read = read(&message);
        assert_eq!(
            (&read.id, read.error),
            (&id, Some(EdgeError::RefusedByQueue))
        );
        assert_eq!(stand_in(&message), None);
    }
}
