//! How soon something happens, where nothing but the machine may hold it up.

use std::io::Write;
use std::time::Duration;

/// The times that something took, round after round. A busy machine may hold up any of them; that
/// it holds up all of them is another thing than a program that always waits.
#[derive(Debug)]
pub(crate) struct Promptness {
    what: &'static str,
    limit: Duration,
    taken: Vec<Duration>,
}

/// After how many rounds too slow it is held to be slow.
const ROUNDS: usize = 12;

impl Promptness {
    /// Something that is to happen within a limit.
    pub(crate) fn of(what: &'static str, limit: Duration) -> Self {
        Promptness {
            what,
            limit,
            taken: Vec::new(),
        }
    }

    /// Another round, and how long it took.
    pub(crate) fn took(&mut self, time: Duration) {
        self.taken.push(time);
    }

    /// Whether another round is to follow: there are `least` at any rate, and then more until one
    /// was quick enough.
    pub(crate) fn goes_on(&self, least: usize) -> bool {
        let rounds = self.taken.len();
        rounds < least || (rounds < ROUNDS && self.quickest() > self.limit)
    }

    /// Shows the times, which is no matter of passing or not.
    ///
    /// # Panics
    ///
    /// If none was within the limit.
    pub(crate) fn check(&self) {
        let line = format!("measured: {}: {:.2?}\n", self.what, self.taken);
        // A passed test's own output is not shown.
        let _ = std::io::stderr().write_all(line.as_bytes());
        assert!(self.quickest() <= self.limit, "{self:?}");
    }

    fn quickest(&self) -> Duration {
        self.taken.iter().min().copied().unwrap_or(Duration::MAX)
    }
}
