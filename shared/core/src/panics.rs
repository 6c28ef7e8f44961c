//! A panic over one message: it ends the work on that message alone, and quotes nothing.
//!
//! Reading, opening and normalising are pure, so another try panics again. A message that panics
//! goes to quarantine, wherever that happens: see [`PanicError`].

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
};

/// The work on a message panicked: a defect of this program. The message goes to quarantine, as a
/// [`EdgeError::Panic`](crate::staged::EdgeError::Panic). It holds no text, as the text of a panic may
/// quote the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work on the message panicked: this is a defect, and another try changes nothing")]
pub struct PanicError;

/// Whether the text of a panic may be written: before the first message comes, it cannot quote one.
static NOTHING_RECEIVED: AtomicBool = AtomicBool::new(true);

/// Does work on one message, and survives a panic of it.
///
/// # Errors
/// It panicked.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, PanicError> {
    message_received();
    // What the work has changed until its panic belongs to the message and is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| PanicError)
}

/// From now on the text of a panic may quote a message, and is left out.
pub fn message_received() {
    NOTHING_RECEIVED.store(false, Ordering::Relaxed);
}

/// Whether the text of a panic may quote a message: from the first message on.
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
