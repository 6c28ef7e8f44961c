//! How long to wait before the next try.

use fastrand::Rng;
use std::time::Duration;

/// Waits that grow from try to try. Each wait is random up to a limit, so that clients that failed
/// together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The shortest wait.
    pub floor: Duration,
    /// The longest first wait. It doubles with each further wait.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
}

impl Backoff {
    /// The wait after so many consecutive failures; no wait after none.
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
