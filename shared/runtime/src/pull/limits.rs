//! How much is held, and how long is waited.

use super::backoff::Backoff;
use std::time::Duration;

/// The limits of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most messages held: received and not staged.
    pub messages: usize,
    /// How many bytes of message bodies may be held before no more is received; the last message
    /// may exceed it.
    pub bytes: usize,
    /// The most calls to the staging queue under way at a time.
    pub calls: usize,
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long the broker may take for acknowledgements.
    pub answer: Duration,
    /// At the end: how long to wait for the calls that are under way.
    pub grace: Duration,
    /// After that: how long the broker may take for the last acknowledgements, and then again to
    /// close.
    pub parting: Duration,
    /// After how long without a message, while connected, a source counts as silent.
    pub silent_after: Option<Duration>,
    /// How long nothing had come when this pull began, while earlier ones were connected:
    /// [`PullSummary::silent_for`](super::PullSummary::silent_for).
    pub silent_for: Duration,
    /// How often [`Subscription::tick`](super::Subscription::tick) is called.
    pub tick: Duration,
    /// The waits before connecting again.
    pub unreachable: Backoff,
    /// The waits after refused credentials, which only an operator can fix.
    pub refused: Backoff,
    /// The waits before a message that staging did not take is sent again, and before a queue that
    /// took nothing at all is tried again.
    pub unstaged: Backoff,
    /// Where the randomness of the waits begins.
    pub seed: u64,
}

impl Default for Limits {
    /// 1,000 messages, 8 MiB, 8 calls; 15 s to connect, 10 s to acknowledge, 3 s of grace and 1 s
    /// to part; up to 15 s before connecting again, 5 s to 60 s after a refusal, up to 5 s before
    /// staging again; silence is not looked for.
    fn default() -> Self {
        Limits {
            messages: 1000,
            bytes: 8 * 1024 * 1024,
            calls: 8,
            connect: Duration::from_secs(15),
            answer: Duration::from_secs(10),
            grace: Duration::from_secs(3),
            parting: Duration::from_secs(1),
            silent_after: None,
            silent_for: Duration::ZERO,
            tick: Duration::from_secs(1),
            unreachable: Backoff {
                floor: Duration::ZERO,
                first: Duration::from_millis(200),
                max: Duration::from_secs(15),
            },
            refused: Backoff {
                floor: Duration::from_secs(5),
                first: Duration::from_secs(10),
                max: Duration::from_secs(60),
            },
            unstaged: Backoff {
                floor: Duration::from_millis(100),
                first: Duration::from_millis(400),
                max: Duration::from_secs(5),
            },
            seed: fastrand::u64(..),
        }
    }
}
