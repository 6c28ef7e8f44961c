//! A dead letter: an event that the receiver did not take, with the reason.

use crate::receiver::Attempt;
use std::fmt::Write;
use thingrelay_core::message::{Fifo, MAX_BYTES, Message};

/// The most characters of an answer that are kept.
const MAX_ANSWER_CHARACTERS: usize = 256;

/// Why an event is a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadReason {
    /// The receiver will never take it.
    Refused,
    /// It failed until it was too old.
    GaveUp,
    /// The record is not an event.
    Unreadable,
}

impl DeadReason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            DeadReason::Refused => "refused",
            DeadReason::GaveUp => "gave_up",
            DeadReason::Unreadable => "unreadable",
        }
    }
}

/// The message for the dead letters, and its attributes.
pub(crate) struct DeadLetter {
    pub(crate) message: Message,
    pub(crate) attributes: Vec<(&'static str, String)>,
    /// The last status or failure.
    pub(crate) last: String,
}

impl DeadLetter {
    /// `last` is the last attempt of this invocation.
    pub(crate) fn new(
        body: &str,
        fifo: Fifo,
        target: &str,
        reason: DeadReason,
        last: Option<&Attempt>,
    ) -> DeadLetter {
        let mut attributes = vec![
            ("target", target.to_owned()),
            ("reason", reason.code().to_owned()),
        ];
        let mut told = String::new();
        match last.map(|attempt| &attempt.outcome) {
            Some(Ok(answer)) => {
                told = answer.status.to_string();
                attributes.push(("status", told.clone()));
                attributes.push(("answer", harmless(&answer.body)));
            }
            Some(Err(failure)) => {
                told = failure.kind.code().to_owned();
                attributes.push(("failure", told.clone()));
            }
            None => {}
        }
        attributes.retain(|(_, value)| !value.is_empty());
        let size = |(name, value): &(&str, String)| name.len() + value.len() + "String".len();
        let of_attributes: usize = attributes.iter().map(size).sum();
        if body.len() + of_attributes > MAX_BYTES {
            attributes.clear();
        }
        DeadLetter {
            message: Message {
                body: body.to_owned(),
                fifo: Some(fifo),
            },
            attributes,
            last: told,
        }
    }
}

/// The beginning of an answer, with letters, digits and visible ASCII as they are. Anything else
/// could act on a terminal or be refused by a queue, and is escaped.
pub fn harmless(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let mut shown = String::new();
    for character in text.trim().chars().take(MAX_ANSWER_CHARACTERS) {
        if character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric() {
            shown.push(character);
        } else {
            let _ = write!(shown, "{}", character.escape_default());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_without_what_could_act() {
        let cases: [(&[u8], &str); 6] = [
            (b"", ""),
            (b" no such device\n", "no such device"),
            ("无此设备 é".as_bytes(), "无此设备 é"),
            (b"a\r\n\x1b[2J\0b", "a\\r\\n\\u{1b}[2J\\u{0}b"),
            ("a\u{202e}b\u{feff}".as_bytes(), "a\\u{202e}b\\u{feff}"),
            (b"\xff", "\\u{fffd}"),
        ];
        for (answer, expected) in cases {
            assert_eq!(harmless(answer), expected);
        }
        assert_eq!(harmless(&[b'a'; 5000]).len(), 256);
    }

    #[test]
    fn an_event_at_the_queues_limit_has_no_room_for_attributes() {
        let fifo = || Fifo {
            group: "g".to_owned(),
            deduplication: "e".to_owned(),
        };
        let attributes = |length: usize| {
            let body = "x".repeat(length);
            DeadLetter::new(&body, fifo(), "crm", DeadReason::GaveUp, None).attributes
        };
        let expected = [
            ("target", "crm".to_owned()),
            ("reason", "gave_up".to_owned()),
        ];
        assert_eq!(attributes(1), expected);
        assert!(attributes(MAX_BYTES).is_empty());
    }
}
