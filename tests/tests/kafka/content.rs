//! The treatment of records: those of the platform, unusual records, and large records.

use serde_json::{Value, json};
use sha2::Digest;
use thingrelay_tests::kafka::{Compression, Kafka, Outgoing};
use thingrelay_tests::message::{PRODUCT, queue_envelope, status_change};
use thingrelay_tests::schema::Schemas;

use crate::reports::{assert_complete_and_in_order, report, reports};
use crate::setting::{PLANT, Setting};

/// The largest value that is staged whole.
const LARGEST: usize = 768_000;

/// The length of the payload of the first published message.
const PUBLISHED_LENGTH: usize = 250;

/// The three examples of the platform's page on forwarding to CKafka, with another product.
#[tokio::test(flavor = "multi_thread")]
async fn the_three_published_messages_become_the_right_events() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 1).await;
    let params = concat!(
        r#"{"module_hardinfo":"ESP8266","module_softinfo":"V1.0","fw_ver":"3.1.0","#,
        r#""imei":"11-22-33-44","lat":"22.546015","lon":"113.941125", "#,
        r#""device_label":{"append_info":"your self define info"}}"#
    );
    let info =
        format!(r#"{{"method":"report_info", "clientToken":"{PRODUCT}-0", "params":{params}}}"#);
    assert_eq!(info.len(), PUBLISHED_LENGTH);
    let topic = format!("$thing/up/property/{PRODUCT}/dev1");
    let values = [
        queue_envelope(
            "dev1",
            &topic,
            32_726,
            "2020-06-08 20:03:41",
            info.as_bytes(),
        ),
        status_change(
            "dev1",
            "Offline",
            13_895,
            "2020-06-08 20:03:47",
            "REASON_DEVICE_DISCONNECT",
        ),
        status_change("dev1", "Online", 13_870, "2020-06-08 20:03:41", ""),
    ];
    let records = values.map(|value| Outgoing::at(0, value));
    kafka.produce(&setting.topic, &records).await;
    setting.pull_all(3).await;
    let (events, quarantined) = setting.consume().await;
    assert!(quarantined.is_empty(), "{quarantined:?}");
    let schemas = Schemas::read();
    let mut found = Vec::new();
    for event in &events {
        schemas.check(event);
        assert_eq!(event["subject"], format!("{PRODUCT}/dev1"), "{event}");
        let word = |key: &str| event[key].as_str().unwrap();
        found.push((word("type"), word("time"), &event["data"]));
    }
    // Local times are in Beijing's time zone by default.
    let expected = [
        ("io.thingrelay.device.info.v1", "2020-06-08T12:03:41Z"),
        ("io.thingrelay.device.offline.v1", "2020-06-08T12:03:47Z"),
        ("io.thingrelay.device.online.v1", "2020-06-08T12:03:41Z"),
    ];
    for ((kind, time, _), expected) in found.iter().zip(&expected) {
        assert_eq!((*kind, *time), *expected);
    }
    let params: Value = serde_json::from_str(params).unwrap();
    assert_eq!(found[0].2["info"], params);
    let offline = json!({"reason": "REASON_DEVICE_DISCONNECT"});
    assert_eq!(found[1].2["offline"], offline);
    assert_eq!(found[2].2["online"], json!({}));
    assert_eq!(found.len(), expected.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_records_hold_up_nothing_and_are_quarantined_as_they_came() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 1).await;
    // No time (as clients encode it), the very first time, and the broker's own time.
    const TIMES: [Option<i64>; 3] = [Some(-1), Some(0), None];
    let odd: [Option<&[u8]>; 4] = [None, Some(b""), Some(b"no JSON"), Some(b"\xff\x00\xfe")];
    let mut records = Vec::new();
    for (count, value) in odd.iter().enumerate() {
        records.push(Outgoing {
            partition: Some(0),
            key: Some(b"\xfe\xff".to_vec()),
            timestamp: TIMES[count % TIMES.len()],
            value: value.map(<[u8]>::to_vec),
            headers: vec![
                ("bytes".to_owned(), Some(vec![0xff, 0])),
                ("none".to_owned(), None),
            ],
        });
        let report = report("dev1", count as u64);
        records.push(Outgoing::at(0, report));
    }
    kafka.produce(&setting.topic, &records).await;
    setting.pull_all(8).await;
    let (events, quarantined) = setting.consume().await;
    let counts: Vec<u64> = events
        .iter()
        .map(|event| {
            event["data"]["properties"][0]["value"]
                .as_u64()
                .unwrap_or_else(|| panic!("{event}"))
        })
        .collect();
    assert_eq!(counts, [0, 1, 2, 3]);
    let mut found: Vec<Vec<u8>> = Vec::new();
    for quarantined in quarantined {
        assert_eq!(quarantined.why["source"], PLANT);
        found.push(quarantined.staged.original);
    }
    found.sort();
    let mut expected: Vec<Vec<u8>> = odd.iter().map(|v| v.unwrap_or_default().to_vec()).collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_quarantined_by_reference_before_it_is_committed() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 1).await;
    let sizes = [LARGEST, LARGEST + 1, 1 << 20, 8_000_000, 8 << 20];
    // Bytes that are not text take the most room.
    let mut values = sizes.map(|size| vec![0xff_u8; size]).to_vec();
    values.push(vec![b'x'; LARGEST]);
    values.push(vec![b'x'; LARGEST + 1]);
    values.push(report("dev1", 1));
    for value in &values {
        let record = Outgoing::at(0, value.clone());
        kafka.produce(&setting.topic, &[record]).await;
    }
    setting.pull_all(values.len()).await;
    values.pop();
    let (events, quarantined) = setting.consume().await;
    assert_eq!(events.len(), 1);
    let mut by_offset: Vec<(u64, Vec<u8>, Value)> = quarantined
        .into_iter()
        .map(|quarantined| {
            let staged = quarantined.staged;
            let offset = staged.provenance["kafka"]["offset"].as_u64().unwrap();
            (offset, staged.original, quarantined.why["reason"].clone())
        })
        .collect();
    by_offset.sort_by_key(|(offset, ..)| *offset);
    assert_eq!(by_offset.len(), values.len());
    for ((offset, original, reason), value) in by_offset.iter().zip(&values) {
        if value.len() <= LARGEST {
            assert!(original == value, "not the bytes of offset {offset}");
            continue;
        }
        assert_eq!(reason, "too_large");
        let reference: Value = serde_json::from_slice(original).unwrap();
        let expected = json!({
            "topic": setting.topic,
            "partition": 0,
            "offset": offset,
            "bytes": value.len(),
            "sha256": hex::encode(sha2::Sha256::digest(value)),
        });
        assert_eq!(reference, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_records_are_read() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 1).await;
    let ways = [
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];
    for (way, round) in ways.into_iter().zip(0..) {
        let records = reports(10, round..round + 1);
        kafka
            .produce_compressed(&setting.topic, &records, way)
            .await;
    }
    setting.pull_all(40).await;
    assert_complete_and_in_order(&setting.records().await, 10, 4);
}
