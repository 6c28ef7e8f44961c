//! Captures the lines that work writes, for tests.

use super::{Format, lines::Lines, threshold::Threshold};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};
use tracing_subscriber::{Registry, layer::SubscriberExt};

/// The lines that `work` writes.
pub(crate) fn lines(format: Format, level: &str, work: impl FnOnce()) -> Vec<String> {
    let written = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&written);
    let write = move |line: &[u8]| sink.lock().unwrap().extend_from_slice(line);
    let lines = Lines::new(format, Threshold::of(level), write);
    tracing::subscriber::with_default(Registry::default().with(lines), work);
    let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A line's members.
pub(crate) fn object(line: &str) -> Map<String, Value> {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
