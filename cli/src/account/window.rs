//! The period of metrics that CloudWatch has.

use std::{fmt, ops::Range};
use thingrelay_core::timestamp::Timestamp;

const DAY: i64 = 24 * 3_600;

/// The lengths of data points in seconds, each with how long CloudWatch keeps them, and with the
/// longest time over which they are read, both in days.
///
/// Source:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention>.
const RESOLUTIONS: [(i32, i64, i64); 2] = [(60, 15, 1), (300, 63, 5)];
/// The length of all others.
const LONGEST: i32 = 3_600;

/// A period of whole data points: its ends are rounded outwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// In seconds since 1970, as the next one.
    pub(super) start: i64,
    pub(super) end: i64,
    /// The length of a data point in seconds.
    pub(super) period: i32,
}

impl Window {
    /// The window around a period in milliseconds since 1970, which ends now at the latest.
    pub(super) fn around(period: &Range<i64>, now: i64) -> Window {
        let from = period.start.div_euclid(1_000);
        let to = period.end.min(now).max(period.start);
        let to = to.div_euclid(1_000) + i64::from(to.rem_euclid(1_000) > 0);
        let age = now / 1_000 - from;
        let mut resolutions = RESOLUTIONS.iter();
        let length = resolutions
            .find(|(_, kept, longest)| age < kept * DAY && to - from <= longest * DAY + 60);
        let length = length.map_or(LONGEST, |(length, ..)| *length);
        let step = i64::from(length);
        Window {
            start: from.div_euclid(step) * step,
            end: (to + step - 1).div_euclid(step) * step,
            period: length,
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |seconds: i64| Timestamp::from_unix_millis(seconds.saturating_mul(1_000));
        write!(f, "{} to {}", time(self.start), time(self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_whole_data_points_that_cloudwatch_keeps() {
        // 2026-11-21T04:00:00.250Z
        let now: i64 = 1_795_233_600_250;
        let base = now.div_euclid(1_000);
        let hour = 3_600_000;
        let day = 24 * hour;
        // The beginning and the end before now in milliseconds; the length of a data point; and the
        // beginning and the end of the window before now in seconds.
        let cases = [
            (hour, 0, 60, (3_600, -60)),
            (hour, hour, 60, (3_600, 3_540)),
            (hour + 1_500, hour - 1_500, 60, (3_660, 3_540)),
            (day, 0, 60, (DAY, -60)),
            (
                15 * day - hour,
                14 * day,
                60,
                (15 * DAY - 3_600, 14 * DAY - 60),
            ),
            (day + hour, 0, 300, (DAY + 3_600, -300)),
            (15 * day, 15 * day - hour, 300, (15 * DAY, 15 * DAY - 3_900)),
            (5 * day + hour, 0, 3_600, (5 * DAY + 3_600, -3_600)),
            (
                63 * day,
                63 * day - hour,
                3_600,
                (63 * DAY, 63 * DAY - 7_200),
            ),
            // What is still to come.
            (hour, -hour, 60, (3_600, -60)),
        ];
        for (from, to, period, (start, end)) in cases {
            let expected = Window {
                start: base - start,
                end: base - end,
                period,
            };
            let window = Window::around(&(now - from..now - to), now);
            assert_eq!(window, expected, "{from} {to}");
        }
    }
}
