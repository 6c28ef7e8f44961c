//! Tells when the staging queue drops repeats.

use super::queues::STAGING;
use sqs_server::Monitor;
use std::time::Duration;

/// How often the queue is looked at.
const PERIOD: Duration = Duration::from_millis(250);

/// Tells of repeats that are dropped, until it is dropped itself.
pub(crate) async fn watch(monitor: Monitor) {
    let mut known = 0;
    loop {
        let dropped = monitor.duplicates(STAGING).unwrap_or(known);
        if dropped > known {
            let (new, in_all) = (dropped - known, dropped);
            tracing::warn!(
                new,
                in_all,
                "repeats dropped: the same came within five minutes"
            );
        }
        known = dropped;
        tokio::time::sleep(PERIOD).await;
    }
}
