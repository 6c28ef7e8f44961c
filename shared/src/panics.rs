//! A panic over one message: it ends the work on that message alone, and quotes nothing.
//!
//! Reading, opening and normalising are pure, so another try panics again. A message that panics
//! goes to quarantine, wherever that happens: see [`Panicked`].

use std::{
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
};

/// The work on a message panicked: a defect of this program. The message goes to quarantine, as a
/// [`Failure::Panic`](crate::staged::Failure::Panic). It holds no text, as the text of a panic may
/// quote the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work on the message panicked: this is a defect, and another try changes nothing")]
pub struct Panicked;

/// Whether the text of a panic may be written: before the first message comes, it cannot quote one.
static NOTHING_RECEIVED: AtomicBool = AtomicBool::new(true);

/// Does work on one message, and survives a panic of it.
///
/// # Errors
/// It panicked.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    message_received();
    // What the work has changed until its panic belongs to the message and is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// From now on the text of a panic may quote a message, and is left out.
pub fn message_received() {
    NOTHING_RECEIVED.store(false, Ordering::Relaxed);
}

/// Has panics logged where everything else is, without the text of those that may quote a message.
pub fn log() {
    std::panic::set_hook(Box::new(log_one));
}

fn log_one(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string);
    let at = at.unwrap_or_default();
    match panic.payload_as_str() {
        Some(reason) if NOTHING_RECEIVED.load(Ordering::Relaxed) => {
            tracing::error!(at, reason, "panicked");
        }
        _ => tracing::error!(at, "panicked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Format, captured::lines};

    #[test]
    fn a_panic_is_caught_and_its_text_is_written_nowhere() {
        let before = std::panic::take_hook();
        log();
        let written = lines(Format::Json, "INFO", || {
            assert_eq!(
                caught(|| -> u8 { panic!("power-of-meter-7") }),
                Err(Panicked)
            );
        });
        std::panic::set_hook(before);
        let written = written.join("\n");
        assert!(written.contains("panicked"), "{written}");
        assert!(!written.contains("power-of-meter-7"), "{written}");
        assert_eq!(caught(|| 7), Ok(7));
    }
}
