//! The progress bar on a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};

use crate::output::verbosity::Verbosity;

/// A progress bar on standard error; nothing is drawn if standard error is not a terminal.
#[derive(Debug, Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for this many messages. A single message needs no bar, and `-q` asks for none.
    pub(crate) fn new(messages: u64) -> Progress {
        if messages == 1 || Verbosity::asked() == Verbosity::Quiet {
            return Progress::none();
        }
        // ProgressBar draws on standard error, and only on a terminal.
        let bar = ProgressBar::new(messages);
        let template = "{wide_bar} {pos}/{len} {per_sec} {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress(bar)
    }

    /// No bar.
    pub(crate) fn none() -> Progress {
        Progress(ProgressBar::hidden())
    }

    /// Counts a finished message.
    pub(crate) fn done(&self) {
        self.done_with(1);
    }

    /// Counts finished messages.
    pub(crate) fn done_with(&self, messages: u64) {
        self.0.inc(messages);
    }

    /// Shows that an attempt was refused.
    pub(crate) fn refused(&self, word: &str) {
        self.0.set_message(format!("last refused: {word}"));
    }

    /// Writes a line to standard error, also if it is not a terminal.
    pub(crate) fn tell(&self, line: &str) {
        self.0.suspend(|| {
            // An error is ignored: without a reader, nothing can be reported.
            let _ = writeln!(io::stderr().lock(), "{line}");
        });
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
