//! What an answer of a receiver means. docs/targets.md has the same table, and a test plays it.

use crate::failure::FailureKind;
use std::ops::RangeInclusive;

/// What becomes of an event after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// It is tried again later.
    Retry,
    /// The receiver will never take it.
    Refused,
}

impl Verdict {
    /// The stable word for log lines.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Delivered => "delivered",
            Verdict::Retry => "retry",
            Verdict::Refused => "refused",
        }
    }

    /// The verdict on a status.
    pub fn on_status(status: u16) -> Verdict {
        let mut rows = STATUSES.iter();
        let row = rows.find(|(statuses, _)| statuses.contains(&status));
        row.map_or(Verdict::Retry, |(_, verdict)| *verdict)
    }

    /// The verdict on an attempt without an answer: every cause may pass or be corrected.
    pub fn on_failure(_: FailureKind) -> Verdict {
        Verdict::Retry
    }
}

/// The first row that has a status decides.
const STATUSES: [(RangeInclusive<u16>, Verdict); 7] = [
    (200..=299, Verdict::Delivered),
    (300..=399, Verdict::Retry),
    (408..=408, Verdict::Retry),
    (425..=425, Verdict::Retry),
    (429..=429, Verdict::Retry),
    (400..=499, Verdict::Refused),
    (500..=599, Verdict::Retry),
];
