//! The result of a pull.

use std::time::Duration;

/// The result of one [`pull()`](super::pull()).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PullSummary {
    /// Messages that the broker delivered. A message that came twice counts twice.
    pub received: u64,
    /// Received messages that staging accepted.
    pub staged: u64,
    /// Staged messages whose acknowledgement was sent to the broker.
    pub acknowledged: u64,
    /// Received messages that were not staged. The broker still has them and delivers them again.
    pub given_back: u64,
    /// The number of connections that were made.
    pub connections: u64,
    /// How long nothing has come until now, while connected: for
    /// [`Limits::silent_for`](super::Limits::silent_for) of the next pull.
    pub silent_for: Duration,
}
