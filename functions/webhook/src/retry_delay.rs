//! How long an event rests before the next attempt.

use std::time::Duration;

/// The rest after the first attempt.
const FIRST: Duration = Duration::from_secs(5);
/// The longest rest, without what is added at random.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// The longest time for which a receiver can put off an event.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// The shortest rest: the queue counts in seconds.
const SHORTEST: Duration = Duration::from_secs(1);

/// The rest after so many tries of an event: seconds at first, and twice as long after each, with
/// up to half of it added by `random`, from 0 to 1. A receiver can make it longer, and never shorter:
/// the queue allows a number of receives.
pub(crate) fn rest(tries: u32, at_least: Option<Duration>, random: f64) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    let rest = (FIRST * (1 << doublings)).min(LONGEST);
    let rest = rest + rest.mul_f64(random.clamp(0.0, 1.0) / 2.0);
    let at_least = at_least.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    rest.max(at_least).max(SHORTEST)
}

/// The rest of an event that may rest for `left` at most, until its last attempt.
pub(crate) fn until_last(rest: Duration, left: Duration) -> Duration {
    rest.min(left).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values in the template of the webhook's stack.
    const MAX_RECEIVES: u32 = 1000;
    const LONGEST_GIVE_UP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    #[test]
    fn a_rest_grows_and_a_receiver_can_only_make_it_longer() {
        let plain = |receives| rest(receives, None, 0.0).as_secs();
        let seconds: Vec<u64> = (1..=10).map(plain).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(rest(0, None, 0.0), rest(1, None, 0.0));
        assert_eq!(rest(u32::MAX, None, 1.0), LONGEST.mul_f64(1.5));
        let asked = |seconds| rest(1, Some(Duration::from_secs(seconds)), 0.0).as_secs();
        assert_eq!(
            [asked(0), asked(3), asked(60), asked(u64::MAX)],
            [5, 5, 60, 3600]
        );
        let (minute, second) = (Duration::from_secs(60), Duration::from_secs(1));
        assert_eq!(
            until_last(minute, Duration::from_secs(7)),
            Duration::from_secs(7)
        );
        assert_eq!(until_last(minute, Duration::ZERO), second);
    }

    /// The calculation in docs/decisions/webhook.md.
    #[test]
    fn an_event_is_given_up_before_the_queue_makes_it_a_dead_letter() {
        let mut age = Duration::ZERO;
        let mut receives = 0;
        while age < LONGEST_GIVE_UP {
            receives += 1;
            age += rest(receives, None, 0.0);
        }
        assert_eq!(receives, 679);
        // Behind each of nine others of its batch, the rests begin again: eight are shorter than the longest one.
        let behind_others = 9 * 8;
        assert!(receives + behind_others < MAX_RECEIVES);
    }
}
