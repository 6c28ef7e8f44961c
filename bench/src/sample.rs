use std::time::Duration;

/// Measured values, in ascending order.
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    /// A sample of durations, in nanoseconds.
    pub(crate) fn of_times(times: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(times.into_iter().map(|time| time.as_nanos() as f64))
    }

    /// A sample of any numbers.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The smallest value that is at least as large as this share of the values; NaN if there are
    /// no values.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        let value = self.0.get(rank.saturating_sub(1));
        value.copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_value_that_this_share_does_not_exceed() {
        let hundred = Sample::of((1..=100).rev().map(f64::from));
        for (share, expected) in [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.001, 1.0)] {
            assert_eq!(hundred.quantile(share), expected, "{share}");
        }
        assert_eq!(Sample::of([7.0]).median(), 7.0);
        assert!(Sample::of([]).median().is_nan());
    }
}
