//! How long it takes to identify a message, and to turn a staged one into an event.
//!
//! Tencent Cloud's message is of the class that its page shows: a queue envelope of 541 bytes
//! around 250 bytes of `report_info`. Tuya's are decrypted reports of one property and of 200, and
//! the binding of a device, which holds a secret.
//!
//! The anchor is the time that `serde_json` takes to read the same record into `Value`s.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use criterion::{Criterion, Throughput};
use serde_json::{Deserializer, Value};
use std::{borrow::Cow, hint::black_box};
use thingrelay_core::{
    normalize::normalize,
    source::{Decoding, Platform, SourceName},
    staged::{Staged, Transport, TuyaProvenance},
    tencent,
    timestamp::Timestamp,
    tuya::{self, SignVerdict},
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

pub(crate) fn report() -> String {
    r#"{"devicename":"dev1","payload":{"clientToken":"QX7METERPN-38","method":"report","params":{"brightness":58,"color":2,"name":"dev001","power_switch":1},"timestamp":1795233600},"productid":"QX7METERPN","seq":10498444,"timestamp":1795233600,"topic":"$thing/up/property/QX7METERPN/dev1"}"#.to_owned()
}

fn status(items: usize) -> String {
    let items: Vec<String> = (1..=items)
        .map(|n| format!(r#"{{"code":"va_humidity_{n}","t":1795233600000,"{n}":"52","value":52}}"#))
        .collect();
    format!(
        r#"{{"dataId":"QX7D4F8E1B0C25A6903F","devId":"qx7dev0000000000meter7","productKey":"qx7meterpn","status":[{}]}}"#,
        items.join(",")
    )
}

fn bind_user() -> String {
    r#"{"bizCode":"bindUser","bizData":{"devId":"qx7dev0000000000meter7","uid":"eu1700000000000Qx7","ownerId":"1700042","uuid":"qx7uuid000000007","token":"EUx7"},"devId":"qx7dev0000000000meter7","productKey":"qx7meterpn","ts":1795233600020,"uuid":"qx7uuid000000007"}"#.to_owned()
}

pub(crate) fn pushed<'a>(source: &SourceName, body: &'a str) -> Staged<'a> {
    Staged {
        id: tencent::identify(source, b"", body.as_bytes()).id,
        source: source.clone(),
        platform: Platform::TencentIotExplorer,
        received: Timestamp::from_unix_millis(1_795_233_600_250),
        transport: Transport::Http,
        error: None,
        replay: None,
        original: Cow::Borrowed(body.as_bytes()),
    }
}

const TOPIC: &str = "persistent://qx7access/out/event-partition-3";
const MESSAGE_ID: &str = "CJACEAMgADAB";

fn pulled<'a>(source: &SourceName, protocol: i64, plaintext: &'a str) -> Staged<'a> {
    Staged {
        id: tuya::identify(source, TOPIC, MESSAGE_ID, plaintext.as_bytes()).id,
        source: source.clone(),
        platform: Platform::Tuya,
        received: Timestamp::from_unix_millis(1_795_233_600_250),
        transport: Transport::Pulsar(TuyaProvenance {
            topic: TOPIC.into(),
            message_id: MESSAGE_ID.into(),
            published: Some(Timestamp::from_unix_millis(1_795_233_600_150)),
            em: Some("aes_gcm".into()),
            protocol: Some(protocol),
            t: Some(1_795_233_600_100),
            sign: SignVerdict::Valid,
        }),
        error: None,
        replay: None,
        original: Cow::Borrowed(plaintext.as_bytes()),
    }
}

fn measure<R>(
    criterion: &mut Criterion,
    name: &str,
    staged: &Staged<'_>,
    identify: impl Fn() -> R,
) {
    let record = staged.to_body();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(staged.original.len() as u64));
    group.bench_function("anchor", |bencher| {
        bencher.iter(|| -> Vec<Value> {
            let values = Deserializer::from_str(black_box(&record)).into_iter();
            values.map(Result::unwrap).collect()
        });
    });
    group.bench_function("identify", |bencher| bencher.iter(&identify));
    group.bench_function("normalize", |bencher| {
        bencher.iter(|| normalize(black_box(staged), Decoding::default()).unwrap());
    });
    group.bench_function("read_and_normalize", |bencher| {
        bencher.iter(|| {
            let staged = Staged::from_body(black_box(&record)).unwrap();
            normalize(&staged, Decoding::default()).unwrap()
        });
    });
    group.finish();
}

pub(crate) fn benches(criterion: &mut Criterion) {
    let source = SourceName::parse("meters").unwrap();
    for (name, body) in [
        ("queue_report_info", report_info()),
        ("http_report", report()),
    ] {
        measure(criterion, name, &pushed(&source, &body), || {
            tencent::identify(&source, black_box(b"signature"), black_box(body.as_bytes()))
        });
    }
    for (name, protocol, plaintext) in [
        ("tuya_status", 4, status(1)),
        ("tuya_status_200", 4, status(200)),
        ("tuya_bind_user", 20, bind_user()),
    ] {
        measure(
            criterion,
            name,
            &pulled(&source, protocol, &plaintext),
            || {
                let plaintext = black_box(plaintext.as_bytes());
                tuya::identify(&source, TOPIC, MESSAGE_ID, plaintext)
            },
        );
    }
}
