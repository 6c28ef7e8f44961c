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

/// Reads a log group from a time on. Each poll gives the lines that no earlier one gave.
#[derive(Debug)]
pub(super) struct Follower {
    stack: String,
    group: LogGroup,
    /// No line from before this time is asked for, in milliseconds since 1970.
    from: i64,
    /// The time and id of the lines from then on that were seen.
    seen: BTreeSet<(i64, String)>,
}

impl Follower {
    pub(super) fn new(stack: &str, group: LogGroup, from: i64) -> Follower {
        Follower {
            stack: stack.to_owned(),
            group,
            // CloudWatch knows no time before 1970.
            from: from.max(0),
            seen: BTreeSet::new(),
        }
    }

    /// The new lines that are shown, and whether there may be more because a call failed.
    pub(super) async fn poll(
        &mut self,
        clients: &Clients,
        shown: &Shown,
    ) -> (Vec<Entry>, Result<(), StackError>) {
        let pages = clients.logs.filter_log_events();
        let pages = pages.log_group_name(&self.group.name).start_time(self.from);
        let mut pages = pages.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    let source = CallError::from(error);
                    return (found, Err(StackError::of("logs:FilterLogEvents", source)));
                }
            };
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
        }
        self.forget();
        (found, Ok(()))
    }

    fn is_new(&mut self, at: i64, id: &str) -> bool {
        self.seen.insert((at, id.to_owned()))
    }

    /// Moves on, and forgets the lines that are not asked for again.
    fn forget(&mut self) {
        if let Some((newest, _)) = self.seen.last() {
            self.from = self.from.max(newest - LATE);
            self.seen = self.seen.split_off(&(self.from, String::new()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_new_once_also_if_it_comes_late() {
        let group = LogGroup {
            function: "push".to_owned(),
            name: "/push".to_owned(),
        };
        let mut follower = Follower::new("relay", group, 1000);
        assert!(follower.is_new(2000, "a"));
        assert!(follower.is_new(2000, "b"));
        follower.forget();
        // Nothing is older than what was asked for first.
        assert_eq!(follower.from, 1000);
        assert!(!follower.is_new(2000, "a"));
        assert!(follower.is_new(100_000, "c"));
        follower.forget();
        assert_eq!(follower.from, 100_000 - LATE);
        assert_eq!(follower.seen.len(), 1);
        assert!(follower.is_new(100_000 - LATE, "late"));
        assert!(!follower.is_new(100_000 - LATE, "late"));
        follower.forget();
        assert_eq!(follower.from, 100_000 - LATE);
        assert_eq!(follower.seen.len(), 2);
    }
}
