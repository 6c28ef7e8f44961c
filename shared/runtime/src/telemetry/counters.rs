//! Counters, gauges and durations, by name, source, reason and target.

use metrics::{
    Counter, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
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
pub struct Counters {
    values: Arc<Mutex<BTreeMap<Row, Arc<AtomicU64>>>>,
    samples: Arc<Mutex<BTreeMap<Row, Arc<Samples>>>>,
}

/// The most durations of a row that are kept between two calls of [`Counters::take_samples`].
const MAX_SAMPLES: usize = 10_000;

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

    /// The durations since the last call, in milliseconds.
    pub fn take_samples(&self) -> Vec<(Row, Vec<u64>)> {
        let rows = lock(&self.samples);
        let taken = rows.iter().map(|(row, samples)| {
            let taken = std::mem::take(&mut *lock(&samples.0));
            (row.clone(), taken)
        });
        taken.filter(|(_, samples)| !samples.is_empty()).collect()
    }

    fn read(&self, read: impl Fn(&AtomicU64) -> u64) -> Vec<(Row, u64)> {
        let values = lock(&self.values);
        let counts = values
            .iter()
            .map(|(row, value)| (row.clone(), read(value)))
            .filter(|(_, count)| *count > 0);
        counts.collect()
    }

    fn value(&self, key: &Key) -> Arc<AtomicU64> {
        Arc::clone(lock(&self.values).entry(Row::of(key)).or_default())
    }
}

impl Row {
    fn of(key: &Key) -> Row {
        let label = |name| {
            let label = key.labels().find(|label| label.key() == name);
            label.map(|label| label.value().to_owned())
        };
        Row {
            name: key.name().to_owned(),
            source: label("source"),
            reason: label("reason"),
            target: label("target"),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Durations in milliseconds.
#[derive(Debug, Default)]
struct Samples(Mutex<Vec<u64>>);

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        let mut samples = lock(&self.0);
        if samples.len() < MAX_SAMPLES {
            samples.push(whole(value));
        }
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

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let mut rows = lock(&self.samples);
        Histogram::from_arc(Arc::clone(rows.entry(Row::of(key)).or_default()))
    }
}
