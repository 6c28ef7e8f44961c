//! The same records through Lambda's own event source: the function `ckafka` stages them byte for
//! byte as `ckafka-pull` does.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use thingrelay_tests::kafka::{Kafka, Outgoing, Place};
use thingrelay_tests::queue::Received;

use crate::reports::report;
use crate::setting::{Setting, create_fifo};

/// The event that Lambda builds from records:
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html>.
fn event(kafka: &Kafka, topic: &str, records: &[(Place, &Outgoing)]) -> Value {
    let mut partitions: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (place, record) in records {
        let mut entry = Map::new();
        entry.insert("topic".to_owned(), topic.into());
        entry.insert("partition".to_owned(), place.partition.into());
        entry.insert("offset".to_owned(), place.offset.into());
        // A record without a time has this time.
        let timestamp = record.timestamp.unwrap_or(-1);
        entry.insert("timestamp".to_owned(), timestamp.into());
        entry.insert("timestampType".to_owned(), "CREATE_TIME".into());
        for (name, bytes) in [("key", &record.key), ("value", &record.value)] {
            if let Some(bytes) = bytes {
                entry.insert(name.to_owned(), BASE64.encode(bytes).into());
            }
        }
        let headers = record.headers.iter().map(|(name, value)| {
            // The bytes are signed, as in Java.
            let bytes = value.iter().flatten();
            let bytes: Vec<i8> = bytes.map(|byte| i8::from_ne_bytes([*byte])).collect();
            json!({name: value.as_ref().map(|_| bytes)})
        });
        entry.insert("headers".to_owned(), headers.collect());
        let partition = format!("{topic}-{}", place.partition);
        partitions.entry(partition).or_default().push(entry.into());
    }
    json!({
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": kafka.sasl_ssl().to_string(),
        "records": partitions,
    })
}

/// The staged messages by deduplication id, without the time of their staging.
fn staged(received: Vec<Received>) -> BTreeMap<String, (String, String)> {
    let mut staged = BTreeMap::new();
    for received in received {
        let (line, original) = received.body.split_once('\n').unwrap();
        let provenance: HashMap<String, Value> = serde_json::from_str(line).unwrap();
        let time = format!("\"received\":{}", provenance["received"]);
        assert_eq!(line.matches(&time).count(), 1, "{line}");
        let body = format!("{}\n{original}", line.replace(&time, ""));
        staged.insert(received.deduplication_id, (received.group, body));
    }
    staged
}

#[tokio::test(flavor = "multi_thread")]
async fn both_functions_stage_the_same_bytes() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 3).await;
    let mut records = Vec::new();
    for count in 0..60_u64 {
        let device = format!("device-{}", count % 6);
        records.push(Outgoing {
            timestamp: Some(1_795_233_600_000 + count as i64),
            headers: vec![("h".to_owned(), Some(vec![0, 127, 128, 255]))],
            ..Outgoing::of(&device, report(&device, count))
        });
    }
    type KeyAndValue<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);
    let odd: [KeyAndValue<'_>; 6] = [
        (None, None),
        (None, Some(b"")),
        (Some(b""), Some(b"no JSON")),
        (Some(b"\xff\xfe"), Some(b"\xff\x00")),
        (Some(&[b'k'; 600]), Some(b"{}")),
        (
            Some("\u{fffe}\u{1}".as_bytes()),
            Some("\u{fffe}\u{1}".as_bytes()),
        ),
    ];
    let times = [Some(0), Some(-1)].into_iter().cycle();
    for ((key, value), timestamp) in odd.into_iter().zip(times) {
        records.push(Outgoing {
            partition: Some(2),
            key: key.map(<[u8]>::to_vec),
            value: value.map(<[u8]>::to_vec),
            timestamp,
            headers: vec![
                ("bytes".to_owned(), Some(vec![0, 127, 128, 255])),
                ("none".to_owned(), None),
            ],
        });
    }
    records.push(Outgoing {
        timestamp: Some(1),
        ..Outgoing::at(1, vec![0xff; 900_000])
    });
    let places = kafka.produce(&setting.topic, &records).await;
    let event = event(
        kafka,
        &setting.topic,
        &places.into_iter().zip(&records).collect::<Vec<_>>(),
    );

    setting.pull_all(records.len()).await;
    // On the same queue, Lambda's records are repeats ...
    let repeated = setting.repeated();
    let by_lambda = setting.functions("ckafka", 1).await;
    by_lambda.invoke(&event).await.unwrap();
    assert_eq!(setting.staged(), records.len());
    assert!(setting.repeated() - repeated >= records.len() as u64);
    let pulled = staged(setting.drain(&setting.staging).await);
    assert_eq!(pulled.len(), records.len());
    // ... and on another queue they are identical to the byte.
    let another = create_fifo(&setting.queues, "another").await;
    let by_lambda = setting.functions_before("ckafka", 1, &another).await;
    by_lambda.invoke(&event).await.unwrap();
    let brought = staged(setting.drain(&another).await);
    assert_eq!(brought, pulled);
}
