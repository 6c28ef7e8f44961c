//! A look at what happens, for a run on one machine.

use thingrelay_core::normalize::OutgoingEvent;

/// Is told what becomes of messages. It is called between sends and must not block.
pub trait Observer: Send + Sync {
    /// Every target has accepted the event. After a failure elsewhere it may be told again.
    fn forwarded(&self, event: &OutgoingEvent);

    /// A record is safe in quarantine, for the reason of that word.
    fn quarantined(&self, source: Option<&str>, reason: &str);
}

/// Watches nothing.
pub(crate) struct NoObserver;

impl Observer for NoObserver {
    fn forwarded(&self, _event: &OutgoingEvent) {}

    fn quarantined(&self, _source: Option<&str>, _reason: &str) {}
}
