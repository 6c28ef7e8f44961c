//! Limits the rate of messages.

use std::{
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// A number of messages per time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    period: Duration,
}

/// Lets messages leave at regular intervals.
#[derive(Debug)]
pub(crate) struct Pace {
    next: Option<(Duration, Mutex<Instant>)>,
}

/// Why a text is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a rate, such as 500/s, 30/m or 500 (per second)")]
pub(crate) struct RateError;

/// How far the pace may fall behind the clock before missed messages are given up. Within this
/// time, the pace catches up, which evens out coarse timers.
const MAX_ARREARS: Duration = Duration::from_millis(50);

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        let (number, unit) = match text.split_once('/') {
            None | Some((_, "s")) => (text.trim_end_matches("/s"), 1.0),
            Some((number, "m" | "min")) => (number, 60.0),
            Some(_) => return Err(RateError),
        };
        let number: f64 = number.parse().map_err(|_| RateError)?;
        if !(0.001..=1_000_000.0).contains(&number) {
            return Err(RateError);
        }
        Ok(Rate {
            period: Duration::from_secs_f64(unit / number),
        })
    }
}

impl Rate {
    /// The time for so many messages.
    pub(crate) fn time_for(self, messages: u64) -> Duration {
        self.period.mul_f64(messages as f64)
    }

    /// How many messages leave within that time; one at least.
    pub(crate) fn within(self, time: Duration) -> usize {
        let messages = time.as_secs_f64() / self.period.as_secs_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number, and a larger one becomes the largest"
        )]
        let messages = messages as usize;
        messages.max(1)
    }
}

impl Pace {
    /// A pace for the rate; without a rate, messages leave at once.
    pub(crate) fn new(rate: Option<Rate>) -> Pace {
        Pace {
            next: rate.map(|rate| (rate.period, Mutex::new(Instant::now()))),
        }
    }

    /// Waits until the next message may leave.
    pub(crate) async fn wait(&self) {
        let Some((period, next)) = &self.next else {
            return;
        };
        let turn = {
            let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
            let earliest = Instant::now().checked_sub(MAX_ARREARS).unwrap_or(*next);
            let turn = (*next).max(earliest);
            *next = turn + *period;
            turn
        };
        sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_by_the_second_or_the_minute() {
        let cases = [
            ("500/s", Ok(Duration::from_millis(2))),
            ("500", Ok(Duration::from_millis(2))),
            ("30/m", Ok(Duration::from_secs(2))),
            ("0.5/s", Ok(Duration::from_secs(2))),
            ("0/s", Err(RateError)),
            ("-1/s", Err(RateError)),
            ("NaN", Err(RateError)),
            ("5/h", Err(RateError)),
            ("/s", Err(RateError)),
            ("", Err(RateError)),
        ];
        for (text, expected) in cases {
            assert_eq!(
                text.parse::<Rate>().map(|rate| rate.period),
                expected,
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn a_pace_lets_no_more_leave_than_its_rate_allows() {
        let pace = Pace::new(Some("1000/s".parse().unwrap()));
        let started = Instant::now();
        for _ in 0..200 {
            pace.wait().await;
        }
        assert!(started.elapsed() >= Duration::from_millis(199 - 50));
    }
}
