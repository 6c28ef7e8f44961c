//! Tells when messages come to the dead letters.

use super::queues::DEAD_LETTERS;
use sqs_server::Monitor;
use std::time::Duration;

/// How often the queue is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Tells of dead letters that come, until it is dropped. Those that were there before are told of
/// at the start.
pub(crate) async fn watch(monitor: Monitor, url: String) {
    let mut known = 0;
    loop {
        let depth = monitor.depth(DEAD_LETTERS);
        let there = depth.map_or(0, |depth| depth.visible + depth.in_flight + depth.delayed);
        if there > known {
            let new = there - known;
            tracing::error!(new, there, %url, "dead letters: messages that ended their batch again and again");
        }
        known = there;
        tokio::time::sleep(PERIOD).await;
    }
}
