//! Reports messages that become dead letters.

use super::queues::DEAD_LETTERS;
use sqs_server::Monitor;
use std::time::Duration;

/// How often the queue is checked.
const PERIOD: Duration = Duration::from_secs(1);

/// Reports new dead letters until the future is dropped. Earlier dead letters are reported at the
/// start.
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
