//! Messages that cannot be processed or forwarded, ever: the reason, the time, and the record as it
//! was staged.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use thingrelay_core::{
    message::{MAX_BYTES, Message},
    timestamp::Timestamp,
};

/// A record on its way to quarantine.
#[derive(Debug, Clone, Copy)]
pub struct Quarantined<'a> {
    /// The stable code of the reason.
    pub reason: &'a str,
    /// A sentence for people. It never holds content of the message.
    pub detail: &'a str,
    /// When the message was put into quarantine.
    pub at: Timestamp,
    /// The message's id, if the record can be read.
    pub id: Option<&'a str>,
    /// The source's name, if the record can be read.
    pub source: Option<&'a str>,
    /// The message's group on the staging queue.
    pub group: Option<&'a str>,
    /// The message's place in the order of the staging queue.
    pub sequence: Option<&'a str>,
    /// The body of the staging queue's message, unchanged.
    pub record: &'a str,
}

/// The quarantine's line, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside<'a> {
    /// The stable code of the reason.
    pub reason: Cow<'a, str>,
    /// A sentence for people.
    pub detail: Cow<'a, str>,
    /// When the message was put into quarantine.
    pub at: Option<Timestamp>,
    /// The message's group on the staging queue; `None` if an older version wrote the line.
    pub group: Option<Cow<'a, str>>,
    /// The message's place in the order of the staging queue.
    pub sequence: Option<Cow<'a, str>>,
    /// The number of parts, if the message is one of several parts of a record.
    pub parts: Option<u8>,
}

#[derive(Serialize, Deserialize)]
struct ReasonLine<'a> {
    v: u8,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    #[serde(borrow)]
    detail: Cow<'a, str>,
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    group: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    sequence: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<u8>,
}

impl<'a> SetAside<'a> {
    /// Reads a message of the quarantine queue: its line and the record, or the part of one. `None`
    /// if the text does not begin with such a line.
    pub fn read(body: &'a str) -> Option<(SetAside<'a>, &'a str)> {
        let (line, record) = body.split_once('\n')?;
        let line: ReasonLine<'a> = serde_json::from_str(line).ok()?;
        let set_aside = SetAside {
            at: Timestamp::from_platform_text(&line.at, 0),
            reason: line.reason,
            detail: line.detail,
            group: line.group,
            sequence: line.sequence,
            parts: line.parts,
        };
        Some((set_aside, record))
    }
}

impl Quarantined<'_> {
    /// The messages for the quarantine queue. Each is a line of JSON with the reason, then the
    /// record.
    ///
    /// It is one message, unless the line makes the record larger than the queue accepts. Then each
    /// message has a part of the record, and the lines have `part`, from 1 on, and `parts`.
    pub fn to_messages(&self) -> Vec<Message> {
        let whole = self.line(None).len() + 1 + self.record.len();
        if whole <= MAX_BYTES {
            return vec![self.message(None, self.record)];
        }
        let room = MAX_BYTES.saturating_sub(self.line(Some((u8::MAX, u8::MAX))).len() + 1);
        let pieces = pieces(self.record, room);
        let parts = u8::try_from(pieces.len()).unwrap_or(u8::MAX);
        (1..=parts)
            .zip(pieces)
            .map(|(part, piece)| self.message(Some((part, parts)), piece))
            .collect()
    }

    fn message(&self, part: Option<(u8, u8)>, record: &str) -> Message {
        let mut body = self.line(part);
        body.push('\n');
        body.push_str(record);
        Message { body, fifo: None }
    }

    #[expect(
        clippy::expect_used,
        reason = "text and numbers are serialised to memory"
    )]
    fn line(&self, part: Option<(u8, u8)>) -> String {
        let line = ReasonLine {
            v: 1,
            reason: self.reason.into(),
            detail: self.detail.into(),
            at: self.at.to_string().into(),
            id: self.id.map(Cow::Borrowed),
            source: self.source.map(Cow::Borrowed),
            group: self.group.map(Cow::Borrowed),
            sequence: self.sequence.map(Cow::Borrowed),
            part: part.map(|(part, _)| part),
            parts: part.map(|(_, parts)| parts),
        };
        serde_json::to_string(&line).expect("text and numbers serialise to memory")
    }
}

/// Splits the text into pieces of at most so many bytes, and of at least one character each.
fn pieces(text: &str, most_bytes: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let end = rest.floor_char_boundary(most_bytes).max(first);
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarantined(record: &str) -> Quarantined<'_> {
        Quarantined {
            reason: "unreadable_record",
            detail: "the record has no line of provenance",
            at: Timestamp::from_unix_millis(978_307_200_000),
            id: None,
            source: None,
            group: Some("g"),
            sequence: None,
            record,
        }
    }

    #[test]
    fn a_record_is_whole_in_one_message_or_in_parts_that_a_queue_takes() {
        let line = quarantined("").line(None).len() + 1;
        let cases = [
            ("x".to_owned(), 1),
            ("x".repeat(MAX_BYTES - line), 1),
            ("x".repeat(MAX_BYTES - line + 1), 2),
            ("\u{e9}".repeat(MAX_BYTES / 2), 2),
        ];
        for (record, count) in cases {
            let messages = quarantined(&record).to_messages();
            assert_eq!(messages.len(), count, "{}", record.len());
            let mut joined = String::new();
            for (index, message) in messages.iter().enumerate() {
                assert!(message.body.len() <= MAX_BYTES);
                let (read, _) = SetAside::read(&message.body).unwrap();
                assert_eq!(read.parts.map_or(1, usize::from), count);
                assert_eq!(read.group.as_deref(), Some("g"));
                assert_eq!(read.at, Some(Timestamp::from_unix_millis(978_307_200_000)));
                let (line, part) = message.body.split_once('\n').unwrap();
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                let expected = (count > 1).then_some((index as u64 + 1, count as u64));
                let found = line["part"].as_u64().zip(line["parts"].as_u64());
                assert_eq!(found, expected);
                joined.push_str(part);
            }
            assert!(joined == record, "the parts are not the record");
        }
    }
}
