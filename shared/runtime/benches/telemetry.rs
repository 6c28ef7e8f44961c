//! What counting and logging cost an invocation.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use thingrelay::{
    endpoint::Refusal,
    occurrence::Occurrence,
    telemetry::{Counters, emf::Frame},
};
use thingrelay_core::{source::SourceName, timestamp::Timestamp};

fn benches(criterion: &mut Criterion) {
    let source = SourceName::parse("meters").unwrap();
    let source = &source;
    let counters = Counters::install();
    let frame = Frame {
        namespace: "thingrelay/stack",
        at: Timestamp::from_unix_millis(1_795_233_600_000),
        level: "INFO",
        request_id: "8f507cfc-xmpl-4697-b07a-ac58fc914c95",
    };
    let mut group = criterion.benchmark_group("telemetry");
    group.bench_function("accepted", |bencher| {
        bencher.iter(|| {
            Occurrence::Received {
                source: Some(source),
            }
            .record();
            Occurrence::Accepted { source, id: "0" }.record();
            black_box(frame.documents(&counters.take()))
        });
    });
    group.bench_function("rejected", |bencher| {
        bencher.iter(|| {
            let source = Some(source);
            let refusal = Refusal::BadSignature;
            Occurrence::Received { source }.record();
            Occurrence::Rejected { source, refusal }.record();
            black_box(frame.documents(&counters.take()))
        });
    });
    group.finish();
}

criterion_group!(counting, benches);
criterion_main!(counting);
