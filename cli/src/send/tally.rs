//! The results of the messages, and the summary.

use std::{collections::BTreeMap, fmt, time::Duration};

/// The results of one worker, or of all workers together.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    accepted: u64,
    dropped: u64,
    retries: u64,
    /// The messages whose last answer was not waited for.
    unanswered: u64,
    /// The attempts that were not accepted, by reason.
    refused: BTreeMap<String, u64>,
    /// The time of every answer, in microseconds.
    latencies: Vec<u32>,
}

/// The end of a run; its `Display` is the output of `send`.
#[derive(Debug)]
pub(crate) struct Summary {
    /// The number of messages to send.
    pub(crate) messages: u64,
    /// The number of devices that had messages.
    pub(crate) devices: u64,
    /// The time from the first message to the last answer.
    pub(crate) elapsed: Duration,
    /// The results of the messages.
    pub(crate) tally: Tally,
}

impl Tally {
    /// Counts an answer of any kind.
    pub(crate) fn answered(&mut self, took: Duration) {
        self.latencies
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Counts an accepted message.
    pub(crate) fn accepted(&mut self) {
        self.accepted += 1;
    }

    /// Counts an attempt that was not accepted; the word names the reason.
    pub(crate) fn refused(&mut self, word: &str) {
        match self.refused.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                self.refused.insert(word.to_owned(), 1);
            }
        }
    }

    /// Whether an attempt was not accepted for this reason.
    pub(crate) fn has_refused(&self, word: &str) -> bool {
        self.refused.contains_key(word)
    }

    /// Counts a message that is sent again.
    pub(crate) fn retried(&mut self) {
        self.retries += 1;
    }

    /// Counts a message that was given up.
    pub(crate) fn dropped(&mut self) {
        self.dropped += 1;
    }

    /// Counts a message whose answer was not waited for: it may have been accepted or not.
    pub(crate) fn unanswered(&mut self) {
        self.unanswered += 1;
    }

    /// Adds the numbers of another tally.
    pub(crate) fn merge(&mut self, other: Tally) {
        self.accepted += other.accepted;
        self.dropped += other.dropped;
        self.retries += other.retries;
        self.unanswered += other.unanswered;
        for (word, count) in other.refused {
            *self.refused.entry(word).or_default() += count;
        }
        self.latencies.extend(other.latencies);
    }
}

impl Summary {
    /// Whether every message was accepted.
    pub(crate) fn all_accepted(&self) -> bool {
        self.tally.accepted == self.messages
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            accepted,
            dropped,
            retries,
            unanswered,
            refused,
            latencies,
        } = &self.tally;
        let sent = accepted + dropped + unanswered;
        let seconds = self.elapsed.as_secs_f64();
        let rate = if seconds > 0.0 {
            sent as f64 / seconds
        } else {
            0.0
        };
        writeln!(
            f,
            "sent      {} of {} in {seconds:.2} s ({rate:.0}/s)",
            counted(sent, "message"),
            counted(self.devices, "device")
        )?;
        writeln!(f, "accepted  {accepted}")?;
        let words: Vec<String> = refused
            .iter()
            .map(|(word, count)| format!("{word} {count}"))
            .collect();
        let words = if words.is_empty() {
            "0".to_owned()
        } else {
            words.join(", ")
        };
        writeln!(f, "refused   {words}")?;
        writeln!(f, "retried   {retries}")?;
        writeln!(f, "dropped   {dropped}")?;
        if *unanswered > 0 {
            writeln!(f, "unanswered {unanswered}")?;
        }
        let unsent = self.messages.saturating_sub(sent);
        if unsent > 0 {
            writeln!(f, "unsent    {unsent}")?;
        }
        let mut latencies = latencies.clone();
        latencies.sort_unstable();
        match (quantile(&latencies, 0.5), latencies.last()) {
            (Some(p50), Some(max)) => {
                let p90 = quantile(&latencies, 0.9).unwrap_or(*max);
                let p99 = quantile(&latencies, 0.99).unwrap_or(*max);
                writeln!(
                    f,
                    "latency   p50 {} ms, p90 {} ms, p99 {} ms, max {} ms",
                    millis(p50),
                    millis(p90),
                    millis(p99),
                    millis(*max)
                )
            }
            _ => writeln!(f, "latency   no answers"),
        }
    }
}

/// The smallest value that is at least as large as this share of the sorted values.
fn quantile(sorted: &[u32], share: f64) -> Option<u32> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn millis(micros: u32) -> String {
    format!("{:.2}", f64::from(micros) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_value_that_this_share_does_not_exceed() {
        let hundred: Vec<u32> = (1..=100).collect();
        let cases = [
            (&hundred[..], 0.5, Some(50)),
            (&hundred, 0.99, Some(99)),
            (&hundred, 1.0, Some(100)),
            (&[7], 0.5, Some(7)),
            (&[7], 0.99, Some(7)),
            (&[1, 2, 3], 0.5, Some(2)),
            (&[], 0.5, None),
        ];
        for (sorted, share, expected) in cases {
            assert_eq!(
                quantile(sorted, share),
                expected,
                "{share} of {}",
                sorted.len()
            );
        }
    }

    #[test]
    fn the_summary_counts_what_it_was_told() {
        let mut tally = Tally::default();
        for millis in 1..=4 {
            tally.answered(Duration::from_millis(millis));
        }
        tally.accepted();
        tally.accepted();
        tally.refused("stale");
        tally.refused("stale");
        tally.refused("timeout");
        tally.retried();
        let mut other = Tally::default();
        other.dropped();
        tally.merge(other);
        let summary = Summary {
            messages: 5,
            devices: 2,
            elapsed: Duration::from_secs(2),
            tally,
        };
        assert!(!summary.all_accepted());
        let lines = [
            "sent      3 messages of 2 devices in 2.00 s (2/s)",
            "accepted  2",
            "refused   stale 2, timeout 1",
            "retried   1",
            "dropped   1",
            "unsent    2",
            "latency   p50 2.00 ms, p90 4.00 ms, p99 4.00 ms, max 4.00 ms",
        ];
        assert_eq!(summary.to_string(), lines.join("\n") + "\n");
    }
}
