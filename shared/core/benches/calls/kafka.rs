//! How long it takes to turn a record of CKafka of about 500 bytes into a message for the staging
//! queue. The anchor is the time that `serde_json` takes to read the record into a `Value`.

use criterion::{Criterion, Throughput};
use serde_json::Value;
use std::hint::black_box;
use thingrelay_core::{
    kafka::{Record, to_stage},
    source::{Platform, SourceName},
    timestamp::Timestamp,
};

const VALUE: &str = r#"{"MsgType":"Publish","Event":"","Topic":"$thing/up/property/MADEUPPROD/dev000001","Seq":4711,"PayloadLen":195,"ProductId":"MADEUPPROD","DeviceName":"dev000001","Payload":"eyJtZXRob2QiOiJyZXBvcnQiLCJjbGllbnRUb2tlbiI6Ik1BREVVUFBST0QtMDAwMDAwNDcxMSIsInRpbWVzdGFtcCI6MTc5NTIzMzYwMDE5MSwicGFyYW1zIjp7ImJhdHRlcnkiOjE4LCJodW1pZGl0eSI6NTEsImxhYmVsIjoiYm9pbGVyIHJvb20iLCJsYXQiOjIyLjU0NjAxNSwibG9uIjoxMTMuOTQxMTI1LCJ0ZW1wZXJhdHVyZSI6MjMuOX19","Time":"2026-11-21 08:00:00","Reason":""}"#;

pub(crate) fn benches(criterion: &mut Criterion) {
    let source = SourceName::parse("plant").unwrap();
    let received = Timestamp::from_unix_millis(1_795_233_600_250);
    let record = Record {
        topic: "iot",
        partition: 3,
        offset: 4711,
        timestamp: Some(1_795_233_600_200),
        key: Some(b"dev000001"),
        value: Some(VALUE.as_bytes()),
    };
    let mut group = criterion.benchmark_group("kafka");
    group.throughput(Throughput::Bytes(VALUE.len() as u64));
    group.bench_function("anchor", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(VALUE)).unwrap());
    });
    group.bench_function("to_stage", |bencher| {
        bencher.iter(|| {
            let record = black_box(&record);
            to_stage(&source, Platform::TencentIotExplorer, record, received)
        });
    });
    group.finish();
}
