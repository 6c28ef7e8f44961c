//! The cost of counting and logging per invocation. The anchor is the time that `serde_json` takes
//! to write the line of counts from a `Value`.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::Value;
use std::hint::black_box;
use thingrelay::{
    endpoint::RequestError,
    internal_event::InternalEvent,
    telemetry::{Counters, emf::LineContext},
};
use thingrelay_core::{signature::VerifyError, source::SourceName, timestamp::Timestamp};

fn benches(criterion: &mut Criterion) {
    let source = SourceName::parse("meters").unwrap();
    let source = &source;
    let counters = Counters::install();
    let context = LineContext {
        namespace: "thingrelay/stack",
        at: Timestamp::from_unix_millis(1_795_233_600_000),
        level: "INFO",
        request_id: "8f507cfc-xmpl-4697-b07a-ac58fc914c95",
    };
    let mut group = criterion.benchmark_group("telemetry");
    InternalEvent::Received {
        source: Some(source),
    }
    .emit();
    let documents = context.documents(&counters.take(), &[]);
    group.bench_function("anchor", |bencher| {
        let values: Vec<Value> = documents
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        bencher.iter(|| {
            values
                .iter()
                .map(Value::to_string)
                .for_each(|line| drop(black_box(line)))
        });
    });
    group.bench_function("accepted", |bencher| {
        bencher.iter(|| {
            InternalEvent::Received {
                source: Some(source),
            }
            .emit();
            InternalEvent::Accepted { source, id: "0" }.emit();
            black_box(context.documents(&counters.take(), &[]))
        });
    });
    group.bench_function("rejected", |bencher| {
        bencher.iter(|| {
            let source = Some(source);
            let refusal = RequestError::from(VerifyError::BadSignature);
            InternalEvent::Received { source }.emit();
            InternalEvent::Rejected { source, refusal }.emit();
            black_box(context.documents(&counters.take(), &[]))
        });
    });
    group.finish();
}

criterion_group!(counting, benches);
criterion_main!(counting);
