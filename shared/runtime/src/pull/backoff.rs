//! How long to wait before the next try.

use fastrand::Rng;
use std::time::Duration;

/// Waits that grow from try to try, each a random part of what it could be: those who failed
/// together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The least wait.
    pub floor: Duration,
    /// The most that the first wait can be; it doubles with each further one.
    pub first: Duration,
    /// The most that any wait can be.
    pub max: Duration,
}

impl Backoff {
    /// The wait after so many failures in a row; after none, there is none.
    pub fn wait(&self, failures: u32, jitter: &mut Rng) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let most = self
            .first
            .saturating_mul(2u32.saturating_pow(doublings))
            .min(self.max);
        self.floor + most.saturating_sub(self.floor).mul_f64(jitter.f64())
    }
}
