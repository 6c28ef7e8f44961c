//! A point in time, as an argument.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use thingrelay_core::timestamp::Timestamp;

/// A point in time. An age is counted from the start of the command.
#[derive(Clone)]
pub(crate) struct Time {
    /// Milliseconds since 1970.
    millis: i64,
    /// The text that the user gave.
    text: String,
}

/// The same text is the same choice, also later.
impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Time {
    /// Milliseconds since 1970.
    pub(crate) fn millis(&self) -> i64 {
        self.millis
    }

    #[cfg(test)]
    pub(crate) fn at(millis: i64) -> Time {
        Time {
            millis,
            text: millis.to_string(),
        }
    }
}

/// Reads a point in time or an age.
pub(crate) fn time(text: &str) -> Result<Time, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    let millis = time_at(text, now).ok_or_else(|| {
        "expected a time, such as 2026-11-30T08:00:00Z or 2026-11-30 (UTC), or an age, such as 90m, 3h or 2d"
            .to_owned()
    })?;
    Ok(Time {
        millis,
        text: text.to_owned(),
    })
}

/// Reads a length of time.
pub(crate) fn age(text: &str) -> Result<Duration, String> {
    let age = age_of(text).map(Duration::from_secs);
    age.ok_or_else(|| "expected a length of time, such as 90m, 3h or 2d".to_owned())
}

/// The seconds of a text such as `3h`.
fn age_of(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = is_number.then(|| number.parse().ok())??;
    number.checked_mul(seconds)
}

fn time_at(text: &str, now: i64) -> Option<i64> {
    if let Some(seconds) = age_of(text) {
        let age = i64::try_from(seconds).ok()?.checked_mul(1000)?;
        return now.checked_sub(age);
    }
    let midnight = format!("{text}T00:00:00");
    let read = |text: &str| Timestamp::from_platform_text(text, 0);
    let time = read(text).or_else(|| read(&midnight))?;
    Some(time.unix_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_233_600_250;

    #[test]
    fn a_time_is_a_point_or_an_age() {
        let cases = [
            ("2026-11-21T08:00:00Z", Some(1_795_248_000_000)),
            ("2026-11-21T08:00:00.5+01:00", Some(1_795_244_400_500)),
            ("2026-11-21 08:00:00", Some(1_795_248_000_000)),
            ("2026-11-21", Some(1_795_219_200_000)),
            ("90m", Some(NOW - 90 * 60_000)),
            ("3h", Some(NOW - 3 * 3_600_000)),
            ("2d", Some(NOW - 2 * 86_400_000)),
            ("15s", Some(NOW - 15_000)),
            ("", None),
            ("h", None),
            ("-1h", None),
            ("3w", None),
            ("3", None),
            ("é", None),
            ("99999999999999999999h", None),
            ("yesterday", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time_at(text, NOW), expected, "{text}");
        }
    }
}
