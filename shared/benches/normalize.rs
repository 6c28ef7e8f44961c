//! How long it takes to identify a message, and to turn a staged one into an event.
//!
//! The message is of the class that the platform's page shows: a queue envelope of 541 bytes around
//! 250 bytes of `report_info`.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::{borrow::Cow, hint::black_box};
use thingrelay::{
    normalize::normalize,
    source::{Channel, Decoding, Platform, SourceName},
    staged::Staged,
    tencent::identify,
    timestamp::Timestamp,
};

fn report_info() -> String {
    let payload = r#"{"method":"report_info", "clientToken":"QX7METERPN-0", "params":{"module_hardinfo":"RTL8720","module_softinfo":"V2.3","fw_ver":"4.0.1","imei":"99-88-77-66","lat":"31.230391","lon":"121.473702", "device_label":{"append_info":"north hall, third row"}}}"#;
    let padding = " ".repeat(250 - payload.len());
    let payload = BASE64.encode(format!("{payload}{padding}"));
    let body = format!(
        r#"{{"MsgType":"Publish","Event":"","Topic":"$thing/up/property/QX7METERPN/dev1","Seq":31415,"PayloadLen":250,"ProductId":"QX7METERPN","DeviceName":"dev1","Payload":"{payload}","Time":"2026-11-21 12:00:00","Reason":""}}"#
    );
    assert!((530..=550).contains(&body.len()), "{} bytes", body.len());
    body
}

fn report() -> String {
    r#"{"devicename":"dev1","payload":{"clientToken":"QX7METERPN-38","method":"report","params":{"brightness":58,"color":2,"name":"dev001","power_switch":1},"timestamp":1795233600},"productid":"QX7METERPN","seq":10498444,"timestamp":1795233600,"topic":"$thing/up/property/QX7METERPN/dev1"}"#.to_owned()
}

fn staged<'a>(source: &SourceName, body: &'a str) -> Staged<'a> {
    Staged {
        id: identify(source, "", body.as_bytes()).id,
        source: source.clone(),
        platform: Platform::TencentIotExplorer,
        channel: Channel::Http,
        received: Timestamp::from_unix_millis(1_795_233_600_250),
        original: Cow::Borrowed(body.as_bytes()),
    }
}

fn benches(criterion: &mut Criterion) {
    let source = SourceName::parse("meters").unwrap();
    for (name, body) in [
        ("queue_report_info", report_info()),
        ("http_report", report()),
    ] {
        let staged = staged(&source, &body);
        let record = staged.to_body();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("identify", |bencher| {
            bencher.iter(|| identify(&source, black_box("signature"), black_box(body.as_bytes())));
        });
        group.bench_function("normalize", |bencher| {
            bencher.iter(|| normalize(black_box(&staged), Decoding::default()).unwrap());
        });
        group.bench_function("read_and_normalize", |bencher| {
            bencher.iter(|| {
                let staged = Staged::from_body(black_box(&record)).unwrap();
                normalize(&staged, Decoding::default()).unwrap()
            });
        });
        group.finish();
    }
}

criterion_group!(normalizing, benches);
criterion_main!(normalizing);
