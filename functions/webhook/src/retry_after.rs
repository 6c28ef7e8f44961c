//! The header `Retry-After`: seconds, or a date.

use std::time::{Duration, UNIX_EPOCH};
use thingrelay_core::timestamp::Timestamp;

/// The time from `now` on. A date in the past is no time at all.
pub(crate) fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let millis = date.duration_since(UNIX_EPOCH).ok()?.as_millis();
    let left = i64::try_from(millis)
        .ok()?
        .saturating_sub(now.unix_millis());
    Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let now = Timestamp::from_unix_millis(784_111_776_250);
        let cases = [
            ("0", Some(0)),
            (" 120 ", Some(120_000)),
            ("99999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(750)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(750)),
            ("Sun Nov  6 08:49:37 1994", Some(750)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ];
        for (value, millis) in cases {
            let expected = millis.map(|millis| match millis {
                u64::MAX => Duration::from_secs(u64::MAX),
                millis => Duration::from_millis(millis),
            });
            assert_eq!(parse(value, now), expected, "{value}");
        }
    }
}
