//! How soon something happens if only the machine can delay it.

use std::io::Write;
use std::time::Duration;

/// The times that something took, round after round. A busy machine may delay some rounds. If all
/// rounds are slow, the program itself waits.
#[derive(Debug)]
pub(crate) struct Promptness {
    what: &'static str,
    limit: Duration,
    taken: Vec<Duration>,
}

/// The number of slow rounds after which the program counts as slow.
const ROUNDS: usize = 12;

impl Promptness {
    /// Something that has to happen within a limit.
    pub(crate) fn of(what: &'static str, limit: Duration) -> Self {
        Promptness {
            what,
            limit,
            taken: Vec::new(),
        }
    }

    /// Adds a round and its time.
    pub(crate) fn took(&mut self, time: Duration) {
        self.taken.push(time);
    }

    /// Whether another round follows: there are at least `least` rounds, and then more until a
    /// round was fast enough.
    pub(crate) fn goes_on(&self, least: usize) -> bool {
        let rounds = self.taken.len();
        rounds < least || (rounds < ROUNDS && self.quickest() > self.limit)
    }

    /// Prints the times, in a test that passes as well.
    ///
    /// # Panics
    ///
    /// If no round was within the limit.
    pub(crate) fn check(&self) {
        let line = format!("measured: {}: {:.2?}\n", self.what, self.taken);
        // The test harness does not show the captured output of a test that passes.
        let _ = std::io::stderr().write_all(line.as_bytes());
        assert!(self.quickest() <= self.limit, "{self:?}");
    }

    fn quickest(&self) -> Duration {
        self.taken.iter().min().copied().unwrap_or(Duration::MAX)
    }
}
