//! How long to wait before the next try.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

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
    pub fn wait(&self, failures: u32, jitter: &mut Jitter) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let most = self
            .first
            .saturating_mul(2u32.saturating_pow(doublings))
            .min(self.max);
        self.floor + most.saturating_sub(self.floor).mul_f64(jitter.draw())
    }
}

/// Random numbers that spread waits, and nothing else.
///
/// The generator is SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jitter(u64);

impl Jitter {
    /// The numbers that follow from a seed.
    pub fn new(seed: u64) -> Self {
        Jitter(seed)
    }

    /// A number from 0 to 1, without 1.
    pub fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        f64::from((bits >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
    }
}

/// A seed that differs from process to process and from call to call.
pub fn random_seed() -> u64 {
    RandomState::new().hash_one(0)
}
