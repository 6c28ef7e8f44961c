//! Rates and latencies of the last minutes.

use serde::Serialize;
use std::{collections::VecDeque, time::Instant};

/// How many seconds are kept.
const SECONDS: usize = 120;
/// How many latencies are kept.
const LATENCIES: usize = 1000;

/// What happened in each of the last seconds, and how long the last messages took.
#[derive(Debug)]
pub(crate) struct Rates {
    began: Instant,
    /// The second of the newest entry, counted from the beginning.
    second: u64,
    seconds: VecDeque<Second>,
    /// Microseconds from the arrival until each target has the events.
    latencies: VecDeque<u64>,
}

/// What happened in a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Second {
    arrived: u32,
    forwarded: u32,
    refused: u32,
}

/// Percentiles of the last latencies, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Latency {
    of: usize,
    p50: u64,
    p95: u64,
    p99: u64,
}

impl Default for Rates {
    fn default() -> Rates {
        Rates {
            began: Instant::now(),
            second: 0,
            seconds: VecDeque::from([Second::default()]),
            latencies: VecDeque::new(),
        }
    }
}

impl Rates {
    pub(crate) fn arrived(&mut self) {
        self.now(|now| now.arrived += 1);
    }

    pub(crate) fn refused(&mut self) {
        self.now(|now| now.refused += 1);
    }

    pub(crate) fn forwarded(&mut self, latency: u64) {
        self.now(|now| now.forwarded += 1);
        self.latencies.push_back(latency);
        if self.latencies.len() > LATENCIES {
            self.latencies.pop_front();
        }
    }

    /// The last seconds, from the oldest. The last one is not over.
    pub(crate) fn seconds(&mut self) -> Vec<Second> {
        self.now(|_| {});
        self.seconds.iter().copied().collect()
    }

    /// `None` before the first message.
    pub(crate) fn latency(&self) -> Option<Latency> {
        let mut sorted: Vec<u64> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let at = |percent: usize| sorted.get((last * percent).div_ceil(100)).copied();
        Some(Latency {
            of: sorted.len(),
            p50: at(50)?,
            p95: at(95)?,
            p99: at(99)?,
        })
    }

    fn now(&mut self, count: impl FnOnce(&mut Second)) {
        self.at(self.began.elapsed().as_secs(), count);
    }

    fn at(&mut self, second: u64, count: impl FnOnce(&mut Second)) {
        while self.second < second {
            // After a long pause, no old second counts.
            self.second = self.second.max(second.saturating_sub(SECONDS as u64)) + 1;
            self.seconds.push_back(Second::default());
            if self.seconds.len() > SECONDS {
                self.seconds.pop_front();
            }
        }
        if let Some(newest) = self.seconds.back_mut() {
            count(newest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_counts_for_two_minutes() {
        let mut rates = Rates::default();
        let arrived = |rates: &Rates| -> Vec<u32> {
            let seconds = rates.seconds.iter();
            seconds.map(|second| second.arrived).collect()
        };
        rates.at(0, |second| second.arrived += 1);
        rates.at(2, |second| second.arrived += 2);
        assert_eq!(arrived(&rates), [1, 0, 2]);
        rates.at(120, |_| {});
        assert_eq!(arrived(&rates).len(), SECONDS);
        assert_eq!(arrived(&rates).first(), Some(&0));
        rates.at(1_000_000, |second| second.arrived += 3);
        assert_eq!(arrived(&rates).len(), SECONDS);
        assert_eq!(arrived(&rates).iter().sum::<u32>(), 3);
    }

    #[test]
    fn percentiles_are_among_the_last_latencies() {
        let mut rates = Rates::default();
        assert_eq!(rates.latency(), None);
        for latency in 0..2 * LATENCIES as u64 {
            rates.forwarded(latency);
        }
        let expected = Latency {
            of: 1000,
            p50: 1500,
            p95: 1950,
            p99: 1990,
        };
        assert_eq!(rates.latency(), Some(expected));
    }
}
