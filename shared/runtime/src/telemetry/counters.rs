//! Counters and gauges, by name, source, reason and target.

use metrics::{
    Counter, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
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

/// A value that is counted separately. Few sources, few reasons and few targets make few rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Row {
    /// The counter's name, such as `rejected`.
    pub name: String,
    /// Its label `source`, if it has one.
    pub source: Option<String>,
    /// Its label `reason`, if it has one.
    pub reason: Option<String>,
    /// Its label `target`, if it has one.
    pub target: Option<String>,
}

impl Counters {
    /// Starts to count all events of the process. A second call, as in a test, gives counters that
    /// stay empty.
    pub fn install() -> Counters {
        let counters = Counters::default();
        let _ = metrics::set_global_recorder(counters.clone());
        counters
    }

    /// The counts since the last call of [`Counters::take`], without zeros, in the order of the
    /// rows.
    pub fn counted(&self) -> Vec<(Row, u64)> {
        self.read(|value| value.load(Ordering::Relaxed))
    }

    /// The same, and sets all counters to zero.
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

    fn value(&self, key: &Key) -> Arc<AtomicU64> {
        let label = |name| {
            let label = key.labels().find(|label| label.key() == name);
            label.map(|label| label.value().to_owned())
        };
        let row = Row {
            name: key.name().to_owned(),
            source: label("source"),
            reason: label("reason"),
            target: label("target"),
        };
        Arc::clone(self.lock().entry(row).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A gauge: the last value that was set since it was taken, as a whole number that is not negative.
struct Level(Arc<AtomicU64>);

impl GaugeFn for Level {
    fn increment(&self, by: f64) {
        self.0.fetch_add(whole(by), Ordering::Relaxed);
    }

    fn decrement(&self, by: f64) {
        let less = |now: u64| Some(now.saturating_sub(whole(by)));
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    fn set(&self, value: f64) {
        self.0.store(whole(value), Ordering::Relaxed);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and what is negative is none"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.value(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Arc::new(Level(self.value(key))))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
