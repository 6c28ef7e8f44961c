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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    fn later(detail: &'static str) -> Result<(), SendError> {
        Err(SendError::Transient(detail.into()))
    }

    fn never() -> Result<(), SendError> {
        Err(SendError::Permanent("never".into()))
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_failed_for_now_is_sent_again_after_longer_and_longer_waits() {
        let start = Instant::now();
        let mut sending = Resending::new([Ok(()), never(), Ok(()), Ok(())]);
        let mut calls = Vec::new();
        while let Some(positions) = sending.next().await {
            calls.push((start.elapsed().as_millis(), positions.clone()));
            assert!(calls.len() < 10, "{calls:?}");
            for position in positions {
                let result = match position {
                    0 => Ok(()),
                    2 if calls.len() == 3 => never(),
                    _ if calls.len() == 4 => later("the last one"),
                    _ => later("one before"),
                };
                sending.settle(position, result);
            }
        }
        let expected = [
            (0, vec![0, 2, 3]),
            (50, vec![2, 3]),
            (250, vec![2, 3]),
            (1050, vec![3]),
        ];
        assert_eq!(calls, expected);
        assert_eq!(
            sending.into_results(),
            [Ok(()), never(), never(), later("the last one")]
        );
        assert_eq!(start.elapsed().as_millis(), 1050);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_call_did_not_answer_for_is_not_sent_again() {
        let mut sending = Resending::new([Ok(()), Ok(())]);
        assert_eq!(sending.next().await, Some(vec![0, 1]));
        sending.set(1, later("no answer"));
        sending.set(2, never());
        assert_eq!(sending.next().await, None);
        assert_eq!(sending.into_results(), [Ok(()), later("no answer")]);
        assert_eq!(Resending::new([never()]).next().await, None);
    }
}
