//! Receives that can be repeated by their `ReceiveRequestAttemptId`.
//! (API reference, ReceiveMessage, "ReceiveRequestAttemptId".)

use std::collections::{HashMap, VecDeque};

use super::Millis;

/// How long a receive can be repeated.
const INTERVAL: Millis = 5 * 60 * 1000;

/// One message of a receive: where it is and the receipt that was given for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) sequence: u64,
    pub(crate) receipt: u64,
}

/// The receives of the last five minutes that named an attempt.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    by_id: HashMap<String, (Millis, Vec<Receipt>)>,
    by_age: VecDeque<(Millis, String)>,
}

impl Attempts {
    /// The receipts of the attempt.
    pub(crate) fn find(&self, id: &str) -> Option<&[Receipt]> {
        self.by_id.get(id).map(|(_, handed)| handed.as_slice())
    }

    /// Notes the receipts of the attempt, and replaces earlier ones.
    pub(crate) fn remember(&mut self, id: String, now: Millis, handed: Vec<Receipt>) {
        self.by_age.push_back((now, id.clone()));
        self.by_id.insert(id, (now, handed));
    }

    /// Drops attempts older than five minutes.
    pub(crate) fn forget_old(&mut self, now: Millis) {
        while let Some((noted, _)) = self.by_age.front() {
            if noted.saturating_add(INTERVAL) > now {
                return;
            }
            let Some((noted, id)) = self.by_age.pop_front() else {
                return;
            };
            if self.by_id.get(&id).is_some_and(|(at, _)| *at == noted) {
                self.by_id.remove(&id);
            }
        }
    }
}
