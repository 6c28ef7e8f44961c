//! How long an attempt waits.

use std::time::Duration;

/// The time limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits {
    /// The time for a connection.
    pub(crate) connect: Duration,
    /// The time to wait for a first message; zero if the check does not wait for a message.
    pub(crate) message: Duration,
}
