//! How often a record was tried, how long it rests before the next try, and whether it is
//! suspicious.

use aws_lambda_events::sqs::SqsMessage;
use std::time::Duration;
use thingrelay_core::timestamp::Timestamp;

/// How long a record rests after its first try.
const FIRST_REST: Duration = Duration::from_secs(5);
/// The longest rest of a record.
const LONGEST_REST: Duration = Duration::from_secs(30 * 60);
/// From this try on, a record may be the one that kills its invocation. It was handed back before,
/// or its invocation did not end: nothing on the queue tells which.
const SUSPICIOUS: u32 = 3;
/// From this try on, the time tells: a record that rested after each try is older than one whose
/// invocation did not end as often.
const TIME_TELLS: u32 = 8;

/// How long a record rests after so many tries: seconds at first, and twice as long after each.
pub fn rest(tries: u32) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    (FIRST_REST * (1 << doublings)).min(LONGEST_REST)
}

/// The queue's facts about the tries of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// The number of tries, including this one.
    pub(crate) count: u32,
    /// The time of the first try.
    first: Option<Timestamp>,
}

impl Attempts {
    pub(crate) fn of(message: &SqsMessage) -> Attempts {
        let attribute = |name: &str| message.attributes.get(name);
        let count = attribute("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        let first = attribute("ApproximateFirstReceiveTimestamp").and_then(|at| at.parse().ok());
        Attempts {
            count: count.unwrap_or(1),
            first: first.map(Timestamp::from_unix_millis),
        }
    }

    /// Whether the record may have killed invocations. A record that has waited for a target for
    /// long was also tried often, but it is as old as all its rests together. So records that have
    /// piled up are still processed side by side.
    pub(crate) fn are_suspicious(self, now: Timestamp) -> bool {
        self.count >= SUSPICIOUS && (self.count < TIME_TELLS || !self.are_explained_by_rests(now))
    }

    fn are_explained_by_rests(self, now: Timestamp) -> bool {
        let Some(first) = self.first else {
            return false;
        };
        let age = now.unix_millis().saturating_sub(first.unix_millis());
        let age = Duration::from_millis(u64::try_from(age).unwrap_or(0));
        let rests: Duration = (1..self.count).map(rest).sum();
        // The clocks of two machines differ a little.
        age >= rests * 9 / 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    /// The value in template.yaml for the staging queue.
    const MAX_RECEIVES: u32 = 1000;
    const RETENTION_DAYS: u32 = 14;
    const VISIBILITY: Duration = Duration::from_secs(180);

    #[test]
    fn a_record_rests_for_seconds_at_first_and_for_minutes_later() {
        let seconds: Vec<u64> = (1..=11).map(|tries| rest(tries).as_secs()).collect();
        assert_eq!(
            seconds,
            [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]
        );
        assert_eq!(rest(0), rest(1));
        assert_eq!(rest(u32::MAX), LONGEST_REST);
    }

    /// The calculation in ARCHITECTURE.md.
    #[test]
    fn no_record_that_rests_is_tried_as_often_as_makes_a_dead_letter() {
        let mut age = Duration::ZERO;
        let mut tries = 0;
        while age < DAY * RETENTION_DAYS {
            tries += 1;
            age += rest(tries);
        }
        assert_eq!(tries, 680);
        // The same holds for a record that Lambda throttles for 18 hours of its 14 days. Throttling
        // takes the place of the longest rests.
        let throttled = 18 * 60 * 60 / 180;
        let resting = (DAY * RETENTION_DAYS - VISIBILITY * throttled).as_secs() / 1800;
        assert!(u64::from(throttled) + resting < u64::from(MAX_RECEIVES));
    }

    #[test]
    fn a_record_that_waited_is_told_from_one_that_kills() {
        let after = |count: u32, age: Duration| {
            let tries = Attempts {
                count,
                first: Some(Timestamp::from_unix_millis(1_000)),
            };
            let age = i64::try_from(age.as_millis()).unwrap();
            tries.are_suspicious(Timestamp::from_unix_millis(1_000 + age))
        };
        let rested = |count: u32| (1..count).map(rest).sum::<Duration>();
        // In isolation, a killer is back as soon as its invocation may have ended.
        let killed = |count: u32| VISIBILITY * 2 + Duration::from_secs(33) * (count - 3);
        for count in 1..MAX_RECEIVES {
            let is_early = (SUSPICIOUS..TIME_TELLS).contains(&count);
            assert_eq!(after(count, rested(count)), is_early, "{count}");
            if count >= SUSPICIOUS {
                assert!(after(count, killed(count)), "{count}");
            }
        }
        // A clock that was set back explains nothing.
        let odd = Attempts {
            count: 100,
            first: Some(Timestamp::from_unix_millis(i64::MAX)),
        };
        assert!(odd.are_suspicious(Timestamp::from_unix_millis(i64::MIN)));
    }

    #[test]
    fn what_the_queue_does_not_tell_is_a_first_try() {
        let mut message = SqsMessage::default();
        assert_eq!(Attempts::of(&message).count, 1);
        for (name, value) in [
            ("ApproximateReceiveCount", "12"),
            ("ApproximateFirstReceiveTimestamp", "1795233600250"),
        ] {
            message.attributes.insert(name.to_owned(), value.to_owned());
        }
        let expected = Attempts {
            count: 12,
            first: Some(Timestamp::from_unix_millis(1_795_233_600_250)),
        };
        assert_eq!(Attempts::of(&message), expected);
        message
            .attributes
            .insert("ApproximateReceiveCount".to_owned(), "many".to_owned());
        assert_eq!(Attempts::of(&message).count, 1);
    }
}
