//! What a pull did.

use std::time::Duration;

/// What one [`pull()`](super::pull()) did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PullSummary {
    /// Messages that the broker handed out; one that came twice counts twice.
    pub received: u64,
    /// Of those, the ones that staging accepted.
    pub staged: u64,
    /// Of those, the ones whose acknowledgement went to the broker.
    pub acknowledged: u64,
    /// Of those received, the ones that were not staged: the broker has them still, and hands them
    /// out again.
    pub given_back: u64,
    /// How often a connection came about.
    pub connections: u64,
    /// How long nothing has come by now, while connected: for [`Limits::silent_for`](super::Limits::silent_for) of the next pull.
    pub silent_for: Duration,
}
