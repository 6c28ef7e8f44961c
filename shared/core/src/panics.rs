//! Limits a panic over one message to that message, and keeps the panic's text out of the log.
//!
//! Reading, opening and normalising are pure, so another try would panic again. The message goes to
//! quarantine: see [`PanicError`].

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
};

/// Processing a message panicked: a defect of this program. The message goes to quarantine, as
/// [`EdgeError::Panic`](crate::staged::EdgeError::Panic). The error holds no text, as the text of a
/// panic may quote the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("processing the message panicked: this is a defect, and another try changes nothing")]
pub struct PanicError;

/// Whether the text of a panic may be logged: before the first message, it cannot quote one.
static NOTHING_RECEIVED: AtomicBool = AtomicBool::new(true);

/// Processes one message, and catches a panic.
///
/// # Errors
/// The work panicked.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, PanicError> {
    message_received();
    // The state that the work changed before its panic belongs to the message and is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| PanicError)
}

/// From now on, the text of a panic may quote a message and is not logged.
pub fn message_received() {
    NOTHING_RECEIVED.store(false, Ordering::Relaxed);
}

/// Whether the text of a panic may quote a message: true after the first message.
pub fn may_quote_a_message() -> bool {
    !NOTHING_RECEIVED.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught() {
        assert_eq!(catch_panic(|| 7), Ok(7));
        assert_eq!(
            catch_panic(|| -> u8 { panic!("a defect on this message") }),
            Err(PanicError)
        );
        assert!(may_quote_a_message());
    }
}
