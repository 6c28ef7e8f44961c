//! Reports repeats that the staging queue drops.

use super::queues::STAGING;
use sqs_server::Monitor;
use std::time::Duration;

/// How often the queue is checked.
const PERIOD: Duration = Duration::from_millis(250);

/// Reports dropped repeats until the future is dropped.
pub(crate) async fn watch(monitor: Monitor) {
    let mut known = 0;
    loop {
        let dropped = monitor.duplicates(STAGING).unwrap_or(known);
        if dropped > known {
            let (new, in_all) = (dropped - known, dropped);
            tracing::warn!(
                new,
                in_all,
                "repeats dropped: the same message came within five minutes"
            );
        }
        known = dropped;
        tokio::time::sleep(PERIOD).await;
    }
}
