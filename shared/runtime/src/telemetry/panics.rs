//! A log line for each panic, which quotes no message.

use std::panic::PanicHookInfo;
use thingrelay_core::panics::may_quote_a_message;

/// Logs panics with all other lines, without the text of a panic that may quote a message.
pub fn log() {
    std::panic::set_hook(Box::new(log_one));
}

fn log_one(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string);
    let at = at.unwrap_or_default();
    match panic.payload_as_str() {
        Some(reason) if !may_quote_a_message() => {
            tracing::error!(at, reason, "panicked");
        }
        _ => tracing::error!(at, "panicked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Format, captured::lines};
    use thingrelay_core::panics::{PanicError, catch_panic};

    #[test]
    fn the_text_of_a_panic_over_a_message_is_written_nowhere() {
        let before = std::panic::take_hook();
        log();
        let written = lines(Format::Json, "INFO", || {
            assert_eq!(
                catch_panic(|| -> u8 { panic!("power-of-meter-7") }),
                Err(PanicError)
            );
        });
        std::panic::set_hook(before);
        let written = written.join("\n");
        assert!(written.contains("panicked"), "{written}");
        assert!(!written.contains("power-of-meter-7"), "{written}");
    }
}
