//! Watches the results, for a run on one machine.

use thingrelay_core::normalize::OutgoingEvent;

/// Is told the results of messages. It is called between sends and must not block.
pub trait Observer: Send + Sync {
    /// Each target whose filters the event passes has accepted it. After a failure elsewhere, the
    /// observer may be told again.
    fn forwarded(&self, event: &OutgoingEvent);

    /// The event passes the filters of no target.
    fn unrouted(&self, event: &OutgoingEvent);

    /// A record is safe in quarantine, for the reason with that code.
    fn quarantined(&self, source: Option<&str>, reason: &str);
}

/// Watches nothing.
pub(crate) struct NoObserver;

impl Observer for NoObserver {
    fn forwarded(&self, _event: &OutgoingEvent) {}

    fn unrouted(&self, _event: &OutgoingEvent) {}

    fn quarantined(&self, _source: Option<&str>, _reason: &str) {}
}
