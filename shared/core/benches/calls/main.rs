//! How long single calls of the core take. The benchmarks are one program, as each would take a
//! minute to link.
//!
//! Each group has a benchmark named `anchor`: the time that other software takes for the same bytes
//! on the same machine in the same minute.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod filters;
mod kafka;
mod normalize;
mod signature;
mod tuya;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    calls,
    filters::benches,
    kafka::benches,
    normalize::benches,
    signature::benches,
    tuya::benches
);
criterion_main!(calls);
