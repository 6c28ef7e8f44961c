//! What was counted, shown at the end of a run.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Keeps the counters of this process by name and labels.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

impl Counters {
    /// Counters that count from here on what happens anywhere in the process. A second call, as in
    /// a test, gives counters that stay empty.
    pub fn install() -> Counters {
        let counters = Counters::default();
        let _ = metrics::set_global_recorder(counters.clone());
        counters
    }

    /// A line for each counter: its name, its labels, its value.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for (name, value) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // Writing to a string has no way to fail.
            let _ = writeln!(lines, "counted {name}: {}", value.load(Ordering::Relaxed));
        }
        lines
    }
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut name = key.name().to_owned();
        for label in key.labels() {
            let _ = write!(name, " {}={}", label.key(), label.value());
        }
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Counter::from_arc(Arc::clone(counters.entry(name).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thingrelay::{endpoint::Refusal, occurrence::Occurrence, source::SourceName};

    #[test]
    fn every_refusal_counts_under_its_word() {
        let counters = Counters::default();
        let source = SourceName::parse("hub").unwrap();
        let refusals = [
            Refusal::UnknownSource,
            Refusal::MissingHeader,
            Refusal::RepeatedHeader,
            Refusal::MixedHeaders,
            Refusal::MalformedHeader,
            Refusal::BadSignature,
            Refusal::Stale { skew_seconds: 301 },
            Refusal::AmbiguousSignature,
            Refusal::MissingEchostr,
            Refusal::MalformedEchostr,
            Refusal::MethodNotAllowed,
            Refusal::BodyTooLarge,
            Refusal::StagingUnavailable,
        ];
        metrics::with_local_recorder(&counters, || {
            for refusal in refusals {
                for _ in 0..2 {
                    Occurrence::Rejected {
                        source: Some(&source),
                        refusal,
                    }
                    .record();
                }
            }
            Occurrence::Rejected {
                source: None,
                refusal: Refusal::UnknownSource,
            }
            .record();
            Occurrence::Accepted {
                source: &source,
                id: "1",
            }
            .record();
        });
        let lines = counters.lines();
        for refusal in refusals {
            let line = format!("counted rejected source=hub reason={}: 2\n", refusal.word());
            assert!(lines.contains(&line), "{line} in {lines}");
        }
        assert!(
            lines.contains("counted rejected source=unknown reason=unknown_source: 1\n"),
            "{lines}"
        );
        assert!(
            lines.contains("counted accepted source=hub: 1\n"),
            "{lines}"
        );
        assert_eq!(lines.lines().count(), refusals.len() + 2);
    }
}
