//! How long it takes to open and to identify a message of Tuya of about 600 bytes. The anchor is
//! the time that `serde_json` takes to read its plaintext into a `Value`.

use criterion::{Criterion, Throughput};
use serde_json::Value;
use std::hint::black_box;
use thingrelay_core::{
    source::SourceName,
    tuya::{Access, AccessId, AccessKey, Mode, SignaturePolicy, identify, open, seal},
};

const PROTOCOL: i64 = 1000;
const REPORT: &str = r#"{"bizCode":"devicePropertyMessage","bizData":{"devId":"madeupdevice00000001","dataId":"00065C52D82D65553A5512716A140A0C","productId":"madeupprod","properties":[{"code":"switch_1","dpId":1,"time":1795233600191,"value":true},{"code":"va_temperature","dpId":103,"time":1795233600191,"value":2390},{"code":"battery_percentage","dpId":104,"time":1795233600191,"value":18}]},"ts":1795233600191}"#;

pub(crate) fn benches(criterion: &mut Criterion) {
    let access = Access::new(
        AccessId::parse("madeupaccessid000001").unwrap(),
        AccessKey::parse("made0up1access2key3made4up5acces").unwrap(),
    );
    let source = SourceName::parse("house").unwrap();
    let mut group = criterion.benchmark_group("tuya");
    for mode in [Mode::Ecb, Mode::Gcm] {
        let payload = seal(
            &access,
            mode,
            PROTOCOL,
            1_795_233_600_300,
            REPORT.as_bytes(),
            [7; 12],
        );
        group.throughput(Throughput::Bytes(payload.len() as u64));
        for (name, policy) in [
            ("signed", SignaturePolicy::Log),
            ("unchecked", SignaturePolicy::Off),
        ] {
            group.bench_function(format!("open_{}_{name}", mode.em()), |bencher| {
                bencher.iter(|| {
                    let payload = black_box(payload.as_bytes());
                    open(&access, policy, payload, Some(mode.em())).unwrap()
                });
            });
        }
    }
    group.throughput(Throughput::Bytes(REPORT.len() as u64));
    group.bench_function("anchor", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(REPORT)).unwrap());
    });
    group.bench_function("identify", |bencher| {
        bencher.iter(|| {
            let plaintext = black_box(REPORT.as_bytes());
            identify(
                &source,
                "persistent://qx7access/out/event",
                "CAEQAA==",
                plaintext,
            )
        });
    });
    group.finish();
}
