//! What is counted, by name, source and reason.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Keeps counters; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Mutex<Values>>);

type Values = BTreeMap<Row, Arc<AtomicU64>>;

/// What is counted apart. Few sources and few reasons make few rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Row {
    /// The counter's name, such as `rejected`.
    pub name: String,
    /// Its label `source`, if it has one.
    pub source: Option<String>,
    /// Its label `reason`, if it has one.
    pub reason: Option<String>,
}

impl Counters {
    /// Counters that count from here on what happens anywhere in the process. A second call, as in
    /// a test, gives counters that stay empty.
    pub fn install() -> Counters {
        let counters = Counters::default();
        let _ = metrics::set_global_recorder(counters.clone());
        counters
    }

    /// What was counted since the last call of [`Counters::take`], without zeros, and in the order
    /// of the rows.
    pub fn counted(&self) -> Vec<(Row, u64)> {
        self.read(|value| value.load(Ordering::Relaxed))
    }

    /// The same, and begins anew.
    pub fn take(&self) -> Vec<(Row, u64)> {
        self.read(|value| value.swap(0, Ordering::Relaxed))
    }

    fn read(&self, read: impl Fn(&AtomicU64) -> u64) -> Vec<(Row, u64)> {
        let values = self.lock();
        let counts = values
            .iter()
            .map(|(row, value)| (row.clone(), read(value)))
            .filter(|(_, count)| *count > 0);
        counts.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let label = |name| {
            let label = key.labels().find(|label| label.key() == name);
            label.map(|label| label.value().to_owned())
        };
        let row = Row {
            name: key.name().to_owned(),
            source: label("source"),
            reason: label("reason"),
        };
        Counter::from_arc(Arc::clone(self.lock().entry(row).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
