//! Colour, only on a terminal.

use std::{env, io::IsTerminal};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    /// With escape sequences.
    On,
    /// Plain.
    Off,
}

impl Colour {
    /// Colour on a terminal, unless `NO_COLOR` is set (<https://no-color.org>) or the terminal is a
    /// dumb terminal.
    pub(crate) fn of(stream: &impl IsTerminal) -> Colour {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|value| value == "dumb");
        if stream.is_terminal() && !refused {
            Colour::On
        } else {
            Colour::Off
        }
    }

    /// The text between the escape sequences of an SGR code such as `1;32`.
    pub(crate) fn paint(self, code: &str, text: &str) -> String {
        match self {
            Colour::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Colour::Off => text.to_owned(),
        }
    }
}
