//! A line of the archive: a message of the staging queue, as JSON.
//!
//! Files of the archive have one line for each message, and are compressed. They lie in folders by
//! source and by hour. Where the length of a line is limited, a long message has several lines, each
//! with a part of its body.

use crate::{staged::Staged, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The folder of messages that have no readable provenance. It is not the name of a source.
const UNREADABLE: &str = "_unreadable";

/// The most bytes of a character in a line: a control character, as `\u001f`.
const MAX_ESCAPE: usize = 6;

/// The most bytes of a line beside the body.
const MAX_FRAME: usize = 1_024;

/// A message in the archive, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line<'a> {
    /// The folder of the source.
    #[serde(borrow, default)]
    pub source: Cow<'a, str>,
    /// The message's group on the staging queue.
    #[serde(borrow, default)]
    pub group: Option<Cow<'a, str>>,
    /// The message's place in the order of the staging queue.
    #[serde(borrow, default)]
    pub sequence: Option<Cow<'a, str>>,
    /// The place of this part, if the message has several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// The body of the staging queue's message, unchanged, or a part of it.
    #[serde(borrow)]
    pub body: Cow<'a, str>,
}

/// The place of a part in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Part {
    /// From 0.
    pub number: usize,
    pub count: usize,
}

impl<'a> Line<'a> {
    /// The line of a message with these facts of the staging queue about it.
    pub fn new(group: Option<&'a str>, sequence: Option<&'a str>, body: &'a str) -> Line<'a> {
        let staged = Staged::from_body(body).ok();
        let source = staged.map(|staged| staged.source.to_string().into());
        Line {
            source: source.unwrap_or(UNREADABLE.into()),
            group: group.map(Into::into),
            sequence: sequence.map(Into::into),
            part: None,
            body: body.into(),
        }
    }

    /// The line, with its end.
    #[expect(clippy::expect_used, reason = "text is serialised to memory")]
    pub fn to_text(&self) -> String {
        let mut line = serde_json::to_string(self).expect("text serialises to memory");
        line.push('\n');
        line
    }

    /// The lines of the message, each of at most so many bytes with its end.
    pub fn to_texts(&self, limit: usize) -> Vec<String> {
        let text = self.to_text();
        if text.len() <= limit {
            return vec![text];
        }
        let bodies = pieces(&self.body, limit.saturating_sub(MAX_FRAME) / MAX_ESCAPE);
        let count = bodies.len();
        let parts = bodies.into_iter().enumerate().map(|(number, body)| Line {
            part: Some(Part { number, count }),
            body: body.into(),
            ..self.clone()
        });
        parts.map(|part| part.to_text()).collect()
    }

    /// The folder of the line: source, year, month, day, hour. A message without readable
    /// provenance is in the folder of the hour that is given.
    pub fn folder(&self, now: Timestamp) -> String {
        let staged = Staged::from_body(&self.body).ok();
        let time = staged.map_or(now, |staged| staged.received).to_text();
        let hour = time.as_str().get(..13).unwrap_or_default();
        format!("{}/{}", self.source, hour.replace(['-', 'T'], "/"))
    }
}

/// The text in pieces of at most so many bytes, but at least one character.
fn pieces(mut text: &str, limit: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let first = text.chars().next().map_or(1, char::len_utf8);
        let end = text.floor_char_boundary(limit).max(first);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(body: &str) -> Line<'_> {
        Line::new(Some("g"), None, body)
    }

    #[test]
    fn a_line_is_read_back_and_is_in_the_folder_of_its_hour() {
        let staged = format!(
            "{{\"v\":1,\"id\":\"{}\",\"source\":\"meters\",\"platform\":\"tencent-iot-hub\",\"channel\":\"http\",\"received\":1795233600250,\"encoding\":\"text\"}}\n\"two\nlines\"",
            "0".repeat(64)
        );
        let now = Timestamp::from_unix_millis(978_307_200_000);
        for (body, folder) in [
            (&*staged, "meters/2026/11/21/04"),
            ("not staged", "_unreadable/2001/01/01/00"),
        ] {
            let line = line(body);
            assert_eq!(line.folder(now), folder);
            let text = line.to_text();
            assert_eq!(text.matches('\n').count(), 1);
            assert_eq!(serde_json::from_str::<Line<'_>>(&text).unwrap(), line);
        }
    }

    #[test]
    fn a_line_without_a_source_is_read() {
        let text = r#"{"group":"g","sequence":"1","body":"a"}"#;
        let line: Line<'_> = serde_json::from_str(text).unwrap();
        assert_eq!((&*line.body, line.part), ("a", None));
    }

    #[test]
    fn a_long_message_is_in_lines_that_are_not_too_long() {
        let limit = 8 * 1024;
        let bodies = [
            ("x".repeat(100), 1),
            ("x".repeat(limit - 80), 1),
            ("x".repeat(limit), 7),
            ("\"".repeat(limit), 7),
            ("\u{1f}".repeat(limit), 7),
            ("é".repeat(limit), 14),
            ("🦀".repeat(limit), 28),
        ];
        for (body, count) in bodies {
            let texts = line(&body).to_texts(limit);
            assert_eq!(texts.len(), count);
            assert!(texts.iter().all(|text| text.len() <= limit));
            let lines: Vec<Line<'_>> = texts
                .iter()
                .map(|text| serde_json::from_str(text).unwrap())
                .collect();
            let joined: String = lines.iter().map(|line| &*line.body).collect();
            assert_eq!(joined, body);
            for (number, line) in lines.iter().enumerate() {
                assert_eq!(line.source, "_unreadable");
                assert_eq!(line.part, (count > 1).then_some(Part { number, count }));
            }
        }
    }
}
