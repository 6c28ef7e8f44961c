//! Reads the log group of a function.

use super::line::{Line, Shown};
use crate::stack::{LogGroup, clients::Clients, error::StackError};
use std::collections::BTreeSet;
use thingrelay::aws::CallError;

/// How far behind the newest line others may come, in milliseconds. CloudWatch takes lines from several
/// instances of a function, each in its time.
const LATE: i64 = 60_000;

/// A line of a function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// When it was written, in milliseconds since 1970.
    pub(super) at: i64,
    pub(super) stack: String,
    pub(super) function: String,
    pub(super) line: Line,
}

/// Reads a log group from a time on, in passes of one or more pages. Each pass begins shortly before the
/// end of the last one, and gives the lines that no earlier pass gave.
#[derive(Debug)]
pub(super) struct Follower {
    stack: String,
    group: LogGroup,
    /// The pass gives no line from before this time, in milliseconds since 1970.
    from: i64,
    /// Where the pass goes on, if it has begun and is not at its end.
    token: Option<String>,
    /// Time and id of the lines from `from` on that earlier passes gave.
    seen: BTreeSet<(i64, String)>,
    /// The same of this pass, without those from which the next pass is too far.
    passed: BTreeSet<(i64, String)>,
}

impl Follower {
    pub(super) fn new(stack: &str, group: LogGroup, from: i64) -> Follower {
        Follower {
            stack: stack.to_owned(),
            group,
            // CloudWatch knows no time before 1970.
            from: from.max(0),
            token: None,
            seen: BTreeSet::new(),
            passed: BTreeSet::new(),
        }
    }

    /// Whether the pass has more pages.
    pub(super) fn has_more(&self) -> bool {
        self.token.is_some()
    }

    /// The new lines of the next page that are shown. After a failure, the same page is next.
    ///
    /// # Errors
    /// CloudWatch does not say.
    pub(super) async fn page(
        &mut self,
        clients: &Clients,
        shown: &Shown,
    ) -> Result<Vec<Entry>, StackError> {
        let asked = clients.logs.filter_log_events();
        let asked = asked.log_group_name(&self.group.name).start_time(self.from);
        let asked = asked.set_next_token(self.token.clone());
        let page = asked.send().await.map_err(|error| {
            if error
                .as_service_error()
                .is_some_and(|error| error.is_invalid_parameter_exception())
            {
                // The token has expired: a new pass gives the rest.
                self.token = None;
            }
            StackError::of("logs:FilterLogEvents", CallError::from(error))
        })?;
        let mut found = Vec::new();
        for event in page.events() {
            let (Some(at), Some(id), Some(text)) =
                (event.timestamp(), event.event_id(), event.message())
            else {
                continue;
            };
            if self.is_new(at, id)
                && let Some(line) = Line::read(text).filter(|line| shown.shows(line))
            {
                found.push(Entry {
                    at,
                    stack: self.stack.clone(),
                    function: self.group.function.clone(),
                    line,
                });
            }
        }
        self.end_page(page.next_token);
        Ok(found)
    }

    fn is_new(&mut self, at: i64, id: &str) -> bool {
        let line = (at, id.to_owned());
        !self.seen.contains(&line) && self.passed.insert(line)
    }

    /// Moves on, and forgets the lines that no later pass gives.
    fn end_page(&mut self, token: Option<String>) {
        self.token = token;
        let passes = [&self.seen, &self.passed];
        let newest = passes.iter().filter_map(|lines| lines.last()).max();
        let Some((newest, _)) = newest else {
            return;
        };
        let next = self.from.max(newest - LATE);
        let first = (next, String::new());
        self.passed = self.passed.split_off(&first);
        if self.token.is_none() {
            self.from = next;
            self.seen = self.seen.split_off(&first);
            self.seen.append(&mut self.passed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follower() -> Follower {
        let group = LogGroup {
            function: "push".to_owned(),
            name: "/push".to_owned(),
        };
        Follower::new("relay", group, 1000)
    }

    #[test]
    fn a_line_is_new_once_also_if_it_comes_late() {
        let mut follower = follower();
        assert!(follower.is_new(2000, "a"));
        assert!(follower.is_new(2000, "b"));
        follower.end_page(None);
        // Nothing is older than what was asked for first.
        assert_eq!(follower.from, 1000);
        assert!(!follower.is_new(2000, "a"));
        assert!(follower.is_new(100_000, "c"));
        follower.end_page(None);
        assert_eq!(follower.from, 100_000 - LATE);
        assert_eq!(follower.seen.len(), 1);
        assert!(follower.is_new(100_000 - LATE, "late"));
        follower.end_page(None);
        assert!(!follower.is_new(100_000 - LATE, "late"));
        assert!(!follower.is_new(100_000, "c"));
        assert_eq!(follower.from, 100_000 - LATE);
        assert_eq!(follower.seen.len(), 2);
    }

    #[test]
    fn a_pass_of_several_pages_remembers_what_the_next_one_gives_again() {
        let more = || Some("token".to_owned());
        let mut follower = follower();
        assert!(follower.is_new(50_000, "a"));
        follower.end_page(None);
        assert!(follower.is_new(200_000, "b"));
        follower.end_page(more());
        assert!(follower.has_more());
        // The pass began before this line, and gives it on any page.
        assert!(!follower.is_new(50_000, "a"));
        assert!(follower.is_new(60_000, "old"));
        assert!(follower.is_new(190_000, "c"));
        follower.end_page(more());
        assert_eq!(follower.from, 1000);
        // The next pass does not give the old line: it takes no memory.
        assert_eq!(follower.passed.len(), 2);
        follower.end_page(None);
        assert!(!follower.has_more());
        assert_eq!(follower.from, 200_000 - LATE);
        assert!(!follower.is_new(200_000, "b"));
        assert!(!follower.is_new(190_000, "c"));
        assert_eq!(follower.seen.len(), 2);
    }
}
