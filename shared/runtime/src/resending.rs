//! Sends the messages of one call again, as long as the receiver may still accept them.
//!
//! The SDK repeats only whole calls. If a call was answered, some of its messages may have failed
//! for now. Each return of a staged message to its queue counts against the message, so these
//! messages are first sent again a few times.

use crate::send_error::SendError;
use std::time::Duration;

/// How long to wait before messages that a call did not get accepted are sent again.
const DELAYS: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(800),
];

/// The results of a call's messages so far.
#[derive(Debug)]
pub(crate) struct Resending {
    results: Vec<Result<(), SendError>>,
    /// The messages to send now, by their positions.
    open: Vec<usize>,
    calls: usize,
}

impl Resending {
    /// Starts with the result of each message that is known before the call.
    pub(crate) fn new(results: impl IntoIterator<Item = Result<(), SendError>>) -> Self {
        let results: Vec<Result<(), SendError>> = results.into_iter().collect();
        let open = results.iter().enumerate();
        let open = open.filter_map(|(position, result)| result.is_ok().then_some(position));
        Resending {
            open: open.collect(),
            results,
            calls: 0,
        }
    }

    /// The positions of the messages for the next call, after a wait; `None` if there is no next
    /// call.
    pub(crate) async fn next(&mut self) -> Option<Vec<usize>> {
        if self.open.is_empty() {
            return None;
        }
        if self.calls > 0 {
            tokio::time::sleep(*DELAYS.get(self.calls - 1)?).await;
        }
        self.calls += 1;
        Some(std::mem::take(&mut self.open))
    }

    /// Notes the result of a message in a call that was answered. A message that failed for now is
    /// sent again.
    pub(crate) fn settle(&mut self, position: usize, result: Result<(), SendError>) {
        if matches!(result, Err(SendError::Transient(_))) {
            self.open.push(position);
        }
        self.set(position, result);
    }

    /// Notes the result of a message that is not sent again.
    pub(crate) fn set(&mut self, position: usize, result: Result<(), SendError>) {
        if let Some(known) = self.results.get_mut(position) {
            *known = result;
        }
    }

    /// One result for each message, in their order.
    pub(crate) fn into_results(self) -> Vec<Result<(), SendError>> {
        self.results
    }
}
