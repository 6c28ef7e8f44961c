//! Operations on received messages: deleting them, and changing their visibility timeout.

use super::attempts::Receipt;
use super::change::Change;
use super::settings::MAXIMUM_VISIBILITY_TIMEOUT;
use super::state::{State, Touch};
use super::{Kind, Millis, Queue, seconds};

/// Why an operation on a received message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReceiptError {
    /// The receipt's visibility timeout has ended, on a FIFO queue.
    #[error(
        "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
    )]
    Expired,
    /// The message is visible.
    #[error("The message referred to isn't in flight.")]
    NotInFlight,
    /// The message does not exist any more.
    #[error(
        "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not \
         available for visibility timeout change."
    )]
    Gone,
    /// It would be in flight for more than 12 hours.
    #[error(
        "Value for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for \
         the message is beyond the limit [43200 seconds]."
    )]
    TooLong,
}

impl Queue {
    /// Deletes a received message. Deleting it twice is not an error.
    ///
    /// The receipt of an earlier receive deletes nothing on a standard queue, as the API reference
    /// of DeleteMessage allows. A FIFO queue refuses it.
    pub(crate) fn delete(
        &mut self,
        handed: Receipt,
        changes: &mut Vec<Change>,
    ) -> Result<(), ReceiptError> {
        let Some(entry) = self.entries.get(&handed.sequence) else {
            return Ok(());
        };
        let latest = entry.receives.receipt == handed.receipt;
        let in_flight = matches!(entry.state, State::InFlight { .. });
        match self.kind {
            Kind::Fifo if !(latest && in_flight) => Err(ReceiptError::Expired),
            Kind::Standard if !latest => Ok(()),
            _ => {
                self.remove(handed.sequence, changes);
                Ok(())
            }
        }
    }

    /// Makes a received message visible in `timeout` seconds.
    pub(crate) fn change_visibility(
        &mut self,
        handed: Receipt,
        timeout: u32,
        now: Millis,
        changes: &mut Vec<Change>,
    ) -> Result<(), ReceiptError> {
        let Some(entry) = self.entries.get_mut(&handed.sequence) else {
            return Err(ReceiptError::Gone);
        };
        let State::InFlight { until, since, .. } = entry.state else {
            return Err(ReceiptError::NotInFlight);
        };
        if entry.receives.receipt != handed.receipt {
            return Err(ReceiptError::NotInFlight);
        }
        if timeout == 0 {
            self.make_visible(handed.sequence, changes);
            return Ok(());
        }
        let new_until = now + seconds(timeout);
        if new_until > since + seconds(MAXIMUM_VISIBILITY_TIMEOUT) {
            return Err(ReceiptError::TooLong);
        }
        entry.state = State::InFlight {
            until: new_until,
            since,
            touch: Touch::VisibilityChanged,
        };
        self.timers.remove(&(until, handed.sequence));
        self.timers.insert((new_until, handed.sequence));
        Ok(())
    }
}
