//! How long it takes to decide whether a target takes an event, with 1, 3 and 10 filters that the
//! event passes: none is left out.
//!
//! The anchor is what `serde_json` takes to read the attributes of the same event that filters compare.

use criterion::{Criterion, Throughput};
use serde::Deserialize;
use std::{borrow::Cow, hint::black_box};
use thingrelay_core::{
    config::ConsumerConfig,
    filter::Filter,
    normalize::{OutgoingEvent, normalize},
    source::{Decoding, SourceName},
};

use crate::normalize::{pushed, report};

/// What each of ten filters is.
const FILTERS: [&str; 10] = [
    r#"{ any = [
        { exact = { type = "io.thingrelay.device.online.v1" } },
        { exact = { type = "io.thingrelay.device.offline.v1" } },
        { exact = { type = "io.thingrelay.device.properties.v1" } },
    ] }"#,
    r#"{ exact = { source_name = "meters", product = "QX7METERPN" } }"#,
    r#"{ not = { prefix = { device = "test-" } } }"#,
    r#"{ prefix = { subject = "QX7METERPN/" } }"#,
    r#"{ suffix = { source = "/meters" } }"#,
    r#"{ exact = { datacontenttype = "application/json", specversion = "1.0" } }"#,
    r#"{ not = { any = [{ exact = { device = "dev2" } }, { exact = { device = "dev3" } }] } }"#,
    r#"{ prefix = { time = "2026-" } }"#,
    r#"{ suffix = { dataschema = ".v1.json" } }"#,
    r#"{ not = { exact = { type = "io.thingrelay.message.v1" } } }"#,
];

/// What a reader of the event's JSON needs to compare the same.
#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    subject: Option<Cow<'a, str>>,
}

fn filter(count: usize) -> Filter {
    let filters = FILTERS[..count].join(", ");
    let text = format!(
        "[targets.t]\ntype = \"sqs\"\nqueue_url = \"http://127.0.0.1/0/t\"\nfilters = [{filters}]\n"
    );
    let mut config = ConsumerConfig::parse(&[&text]).unwrap();
    config.targets.remove(0).filter
}

fn event() -> OutgoingEvent {
    let source = SourceName::parse("meters").unwrap();
    let body = report();
    let mut events = normalize(&pushed(&source, &body), Decoding::default()).unwrap();
    events.remove(0)
}

pub(crate) fn benches(criterion: &mut Criterion) {
    let event = event();
    for count in [1, 3, 10] {
        let filter = filter(count);
        assert!(filter.passes(&event), "{filter}");
        let mut group = criterion.benchmark_group(format!("filters_{count}"));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function("anchor", |bencher| {
            bencher.iter(|| {
                let read: Attributes<'_> = serde_json::from_str(black_box(&event.json)).unwrap();
                read.id.len()
                    + read.source.len()
                    + read.r#type.len()
                    + read.subject.map_or(0, |it| it.len())
            });
        });
        group.bench_function("passes", |bencher| {
            bencher.iter(|| black_box(&filter).passes(black_box(&event)));
        });
        group.finish();
    }
}
