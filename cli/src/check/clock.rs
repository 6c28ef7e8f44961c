//! Compares the endpoint's clock with this machine's.

use crate::{
    platform::{Answer, request::unix_seconds},
    report::{Outcome, Problem},
};
use http::header;
use std::time::UNIX_EPOCH;

/// A larger difference between the clocks is a problem, although requests may still be accepted.
const MAX_DIFFERENCE_SECONDS: u64 = 60;

/// Compares the clocks by the header Date of an answer; an answer without the header has no
/// outcome.
pub(crate) fn compare(answer: &Answer) -> Option<Outcome> {
    let seconds = difference(answer)?;
    Some(if seconds.unsigned_abs() > MAX_DIFFERENCE_SECONDS {
        Outcome::Wrong(vec![Problem::new(
            format!("The endpoint's clock is {}.", in_words(seconds)),
            "Signatures are compared with the clock: set both by NTP.",
        )])
    } else {
        Outcome::Well("the endpoint's clock and this machine's agree".to_owned())
    })
}

/// The endpoint's clock minus this machine's, in seconds, from the header Date.
pub(crate) fn difference(answer: &Answer) -> Option<i64> {
    let date = httpdate::parse_http_date(answer.header(header::DATE)?).ok()?;
    let then = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(i64::try_from(then).ok()? - i64::try_from(unix_seconds()).ok()?)
}

/// The difference between the clocks, as text for a person.
pub(crate) fn in_words(seconds: i64) -> String {
    let side = if seconds < 0 { "behind" } else { "ahead of" };
    format!("{} s {side} this machine's", seconds.unsigned_abs())
}
