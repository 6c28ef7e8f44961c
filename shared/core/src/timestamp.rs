//! Points in time as the platforms write them and as events show them.

use serde::{Serialize, Serializer};
use std::{fmt, ops::Range};
use time::{Date, Month, OffsetDateTime, Time};

/// A point in time, with a precision of a millisecond.
///
/// It prints as RFC 3339 in UTC with `Z`, with three digits of fraction if there is a fraction. A
/// time outside the years 1 to 9999 prints as the nearest point in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix_millis: i64,
}

/// 0001-01-01T00:00:00Z.
const EARLIEST_MILLIS: i64 = -62_135_596_800_000;

/// 9999-12-31T23:59:59.999Z.
const LATEST_MILLIS: i64 = 253_402_300_799_999;

/// The smallest number that counts as milliseconds where a number may be seconds or milliseconds.
///
/// As seconds it is in the year 5138, as milliseconds in 1973.
const FIRST_MILLIS: i64 = 100_000_000_000;

/// Numbers from [`FIRST_MILLIS`] to this one have 12 digits: milliseconds up to the year 2001,
/// which no platform sends, or a number that lost a digit, as in Tuya's own samples.
const FIRST_PLAUSIBLE_MILLIS: i64 = 1_000_000_000_000;

/// 2001-01-01T00:00:00Z and 2101-01-01T00:00:00Z: a time outside these years comes from a clock
/// that was never set, or is not a time at all.
const PLAUSIBLE: Range<i64> = 978_307_200_000..4_133_980_800_000;

impl Timestamp {
    /// The time that many milliseconds after 1970-01-01T00:00:00Z.
    pub fn from_unix_millis(unix_millis: i64) -> Self {
        Timestamp { unix_millis }
    }

    /// The time, if it is in the years 2001 to 2100, so that a platform can mean it. The platforms
    /// write 0 for "not known", and a clock that was never set shows 1970 or 2000.
    pub fn plausible(self) -> Option<Self> {
        PLAUSIBLE.contains(&self.unix_millis).then_some(self)
    }

    /// Reads a number of seconds or milliseconds since 1970. Its size decides: below 10^11 it
    /// counts seconds.
    ///
    /// White space around it is skipped. `None` for text that is not a number, has 12 digits, or is
    /// not [plausible](Timestamp::plausible).
    pub fn from_platform_number(text: &str) -> Option<Self> {
        let text = text.trim();
        let unix_millis = match text.parse::<i64>() {
            Ok(number) if number < FIRST_MILLIS => number.checked_mul(1000)?,
            Ok(number) if number < FIRST_PLAUSIBLE_MILLIS => return None,
            Ok(number) => number,
            Err(_) => {
                // With twelve digits before the point, a double is still exact far below a
                // millisecond.
                let number = text.parse::<f64>().ok().filter(|n| n.is_finite())?;
                let millis = if number < FIRST_MILLIS as f64 {
                    number * 1000.0
                } else if number < FIRST_PLAUSIBLE_MILLIS as f64 {
                    return None;
                } else {
                    number
                };
                millis.round() as i64
            }
        };
        Timestamp { unix_millis }.plausible()
    }

    /// Reads `YYYY-MM-DD HH:MM:SS` in the zone that is so many seconds east of UTC.
    ///
    /// Also reads a `T` between date and time, a fraction of the second (also after a comma), and a
    /// zone of its own (`Z`, `+08:00`, `+0800`). Skips white space around the text and before the
    /// zone. `None` for everything else, and for a time that is not
    /// [plausible](Timestamp::plausible).
    pub fn from_platform_text(text: &str, utc_offset_seconds: i32) -> Option<Self> {
        let (date, time) = text.trim().split_at_checked(10)?;
        let time = time.strip_prefix([' ', 'T', 't'])?;
        let date = Date::from_calendar_date(
            i32::try_from(number(date.get(..4)?)?).ok()?,
            Month::try_from(u8::try_from(separated(date.get(4..7)?, '-')?).ok()?).ok()?,
            u8::try_from(separated(date.get(7..)?, '-')?).ok()?,
        )
        .ok()?;
        let (clock, rest) = time.split_at_checked(8)?;
        let clock = Time::from_hms(
            u8::try_from(number(clock.get(..2)?)?).ok()?,
            u8::try_from(separated(clock.get(2..5)?, ':')?).ok()?,
            u8::try_from(separated(clock.get(5..)?, ':')?).ok()?,
        )
        .ok()?;
        let (fraction_millis, zone) = fraction(rest)?;
        let offset_seconds = match zone.trim_start() {
            "" => i64::from(utc_offset_seconds),
            "Z" | "z" => 0,
            zone => offset(zone)?,
        };
        let seconds = date.with_time(clock).assume_utc().unix_timestamp() - offset_seconds;
        let unix_millis = seconds * 1000 + fraction_millis;
        Timestamp { unix_millis }.plausible()
    }

    /// The time as it prints.
    pub fn to_text(self) -> TimestampText {
        let millis = self.unix_millis.clamp(EARLIEST_MILLIS, LATEST_MILLIS);
        let at = OffsetDateTime::from_unix_timestamp(millis.div_euclid(1000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second) = at.to_hms();
        let fraction = millis.rem_euclid(1000).unsigned_abs() as u32;
        let mut bytes = *b"0000-00-00T00:00:00.000Z";
        let parts = [
            (0, 4, year.unsigned_abs()),
            (5, 2, u32::from(u8::from(month))),
            (8, 2, u32::from(day)),
            (11, 2, u32::from(hour)),
            (14, 2, u32::from(minute)),
            (17, 2, u32::from(second)),
            (20, 3, fraction),
        ];
        for (start, width, value) in parts {
            let mut left = value;
            for digit in bytes.iter_mut().skip(start).take(width).rev() {
                *digit = b'0' + (left % 10) as u8;
                left /= 10;
            }
        }
        let mut length = bytes.len();
        if fraction == 0 {
            bytes[19] = b'Z';
            length = 20;
        }
        TimestampText { bytes, length }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn unix_millis(self) -> i64 {
        self.unix_millis
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.unix_millis.div_euclid(1000)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_text().as_str())
    }
}

/// A point in time as text, without an allocation.
#[derive(Debug, Clone, Copy)]
pub struct TimestampText {
    bytes: [u8; 24],
    length: usize,
}

impl TimestampText {
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

fn number(digits: &str) -> Option<u32> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

fn separated(text: &str, separator: char) -> Option<u32> {
    number(text.strip_prefix(separator)?)
}

/// The milliseconds of `.123456` or `,123456`, and what follows.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix(['.', ',']) else {
        return Some((0, text));
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let (digits, zone) = digits.split_at_checked(end)?;
    let mut millis = 0;
    let mut unit = 100;
    if digits.is_empty() {
        return None;
    }
    for digit in digits.bytes() {
        millis += i64::from(digit - b'0') * unit;
        unit /= 10;
    }
    Some((millis, zone))
}

/// The seconds of `+08:00` or `+0800`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_at_checked(2)?;
    let hours = number(hours).filter(|hours| *hours < 24)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let minutes = number(minutes).filter(|it| minutes.len() == 2 && *it < 60)?;
    Some(sign * i64::from(hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_seconds_or_milliseconds_by_their_size() {
        let cases = [
            ("1700000000", Some("2023-11-14T22:13:20Z")),
            ("1700000000123", Some("2023-11-14T22:13:20.123Z")),
            ("1700000000.5", Some("2023-11-14T22:13:20.500Z")),
            ("1.7e9", Some("2023-11-14T22:13:20Z")),
            ("978307199", None),
            ("978307200", Some("2001-01-01T00:00:00Z")),
            ("978307200.25", Some("2001-01-01T00:00:00.250Z")),
            ("4133980799", Some("2100-12-31T23:59:59Z")),
            ("4133980799999", Some("2100-12-31T23:59:59.999Z")),
            ("4133980800", None),
            ("4133980800000", None),
            // Twelve digits.
            ("146052438362", None),
            ("999999999999", None),
            ("999999999999.5", None),
            ("1e11", None),
            ("1000000000000", Some("2001-09-09T01:46:40Z")),
            ("1", None),
            ("2", None),
            ("99999999999", None),
            ("100000000000", None),
            // Microseconds.
            ("1700000000123456", None),
            ("9223372036854775808", None),
            ("1e400", None),
            ("0", None),
            ("-5", None),
            ("-1e300", None),
            ("", None),
            ("soon", None),
            ("NaN", None),
            ("inf", None),
        ];
        for (text, expected) in cases {
            let shown = Timestamp::from_platform_number(text).map(|time| time.to_string());
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn civil_times_are_read_in_the_zone() {
        let east = 8 * 3600;
        let cases = [
            ("2021-03-04 05:06:07", east, Some("2021-03-03T21:06:07Z")),
            ("2021-03-04 05:06:07", 0, Some("2021-03-04T05:06:07Z")),
            ("2021-03-04 05:06:07", -5400, Some("2021-03-04T06:36:07Z")),
            ("2021-03-04T05:06:07Z", east, Some("2021-03-04T05:06:07Z")),
            (
                "2021-03-04 05:06:07.25",
                0,
                Some("2021-03-04T05:06:07.250Z"),
            ),
            ("2021-03-04T05:06:07+02:30", 0, Some("2021-03-04T02:36:07Z")),
            ("2024-02-29 00:00:00", 0, Some("2024-02-29T00:00:00Z")),
            ("2023-02-29 00:00:00", 0, None),
            ("1970-01-01 00:00:00", east, None),
            ("2000-01-01 00:00:00", east, None),
            ("2001-01-01 07:59:59", east, None),
            ("2001-01-01 08:00:00", east, Some("2001-01-01T00:00:00Z")),
            ("2101-01-01 00:00:00", 0, None),
            ("9999-12-31 23:59:59", -3600, None),
            ("2021-03-04 24:00:00", 0, None),
            ("2021-13-04 05:06:07", 0, None),
            ("2021-3-4 5:06:07", 0, None),
            ("2021-03-04 05:06:07.", 0, None),
            ("2021-03-04 05:06:07+0230", 0, Some("2021-03-04T02:36:07Z")),
            (
                "2021-03-04 05:06:07 +02:30",
                0,
                Some("2021-03-04T02:36:07Z"),
            ),
            (
                " 2021-03-04 05:06:07,25 Z\n",
                east,
                Some("2021-03-04T05:06:07.250Z"),
            ),
            ("2021-03-04 05:06:07,", 0, None),
            ("2021-03-04 05:06:07+023", 0, None),
            ("2021-03-04 05:06:07+02300", 0, None),
            ("2021-03-04 05:06:07 +", 0, None),
            ("2021-03-04", 0, None),
            ("+021-03-04 05:06:07", 0, None),
            ("二〇二一年三月四日", 0, None),
            ("", 0, None),
        ];
        for (text, offset, expected) in cases {
            let shown = Timestamp::from_platform_text(text, offset).map(|time| time.to_string());
            assert_eq!(shown.as_deref(), expected, "{text} at {offset}");
        }
    }

    #[test]
    fn what_no_calendar_holds_prints_as_the_nearest_that_it_holds() {
        let cases = [
            (i64::MIN, "0001-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ];
        for (millis, expected) in cases {
            assert_eq!(Timestamp::from_unix_millis(millis).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(millis in PLAUSIBLE) {
            let time = Timestamp::from_unix_millis(millis);
            prop_assert_eq!(Timestamp::from_platform_text(&time.to_string(), 3600), Some(time));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}", offset in -86_400..86_400) {
            let _ = Timestamp::from_platform_number(&text);
            let _ = Timestamp::from_platform_text(&text, offset);
        }
    }
}
