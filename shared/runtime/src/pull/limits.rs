//! How many messages are held, and how long a pull waits.

use super::backoff::Backoff;
use std::time::Duration;

/// The limits of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most messages held: received and not staged.
    pub messages: usize,
    /// The bytes of message bodies from which on no more is received. The last message may exceed
    /// it.
    pub bytes: usize,
    /// The most calls to the staging queue under way at a time.
    pub calls: usize,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long the broker may take to acknowledge.
    pub answer: Duration,
    /// At the end: how long to wait for the calls under way.
    pub grace: Duration,
    /// After that: how long the broker may take for the last acknowledgements, and then again to
    /// close.
    pub parting: Duration,
    /// The time without a message, while connected, after which a source counts as silent.
    pub silent_after: Option<Duration>,
    /// How long nothing had come when this pull began, while earlier pulls were connected:
    /// [`PullSummary::silent_for`](super::PullSummary::silent_for).
    pub silent_for: Duration,
    /// How often [`Subscription::tick`](super::Subscription::tick) is called.
    pub tick: Duration,
    /// The waits before connecting again.
    pub unreachable: Backoff,
    /// The waits after the broker refused the credentials, which only an operator can fix.
    pub refused: Backoff,
    /// The waits before a message that staging did not accept is sent again, and before another try
    /// if the queue accepted no message at all.
    pub unstaged: Backoff,
    /// The seed of the random waits.
    pub seed: u64,
}

impl Default for Limits {
    /// 1,000 messages, 8 MiB, 8 calls; 15 s to connect, 10 s to acknowledge, 3 s of grace and 1 s
    /// to close; up to 15 s before connecting again, 5 s to 60 s after a refusal, up to 5 s before
    /// staging again; no limit of silence.
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
