//! Watches the results, for a run on one machine.

use thingrelay_core::normalize::OutgoingEvent;

/// Is told the results of messages. It is called between sends and must not block.
pub trait Observer: Send + Sync {
    /// A record was read: the id of its message, its body, and the events of the message. A record
    /// that comes again is read again.
    fn read(&self, id: &str, body: &str, events: &[OutgoingEvent]);

    /// Each target whose filters the event passes has accepted it. After a failure elsewhere, the
    /// observer may be told again.
    fn forwarded(&self, event: &OutgoingEvent);

    /// The event passes the filters of no target.
    fn unrouted(&self, event: &OutgoingEvent);

    /// A record is safe in quarantine, for the reason with that code.
    fn quarantined(&self, id: &str, reason: &str, detail: &str);

    /// A record comes again, for the reason with that code.
    fn handed_back(&self, id: &str, reason: &str, detail: &str);
}

/// Watches nothing.
pub(crate) struct NoObserver;

impl Observer for NoObserver {
    fn read(&self, _id: &str, _body: &str, _events: &[OutgoingEvent]) {}

    fn forwarded(&self, _event: &OutgoingEvent) {}

    fn unrouted(&self, _event: &OutgoingEvent) {}

    fn quarantined(&self, _id: &str, _reason: &str, _detail: &str) {}

    fn handed_back(&self, _id: &str, _reason: &str, _detail: &str) {}
}
