//! A line of the archive: a message of the staging queue, as JSON.
//!
//! Files of the archive have one line for each message, and are compressed. They lie in folders by
//! source and by the hour in which the message was accepted.

use crate::{staged::Staged, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The folder of messages that have no readable provenance. It is not the name of a source.
const UNREADABLE: &str = "_unreadable";

/// A message in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line<'a> {
    /// The message's group on the staging queue.
    #[serde(borrow, default)]
    pub group: Option<Cow<'a, str>>,
    /// The message's place in the order of the staging queue.
    #[serde(borrow, default)]
    pub sequence: Option<Cow<'a, str>>,
    /// The body of the staging queue's message, unchanged.
    #[serde(borrow)]
    pub body: Cow<'a, str>,
}

impl Line<'_> {
    /// The line, with its end.
    #[expect(clippy::expect_used, reason = "text is serialised to memory")]
    pub fn to_text(&self) -> String {
        let mut line = serde_json::to_string(self).expect("text serialises to memory");
        line.push('\n');
        line
    }

    /// The folder of the line: source, year, month, day, hour. A message without readable
    /// provenance is in the folder of the hour that is given.
    pub fn folder(&self, now: Timestamp) -> String {
        let staged = Staged::from_body(&self.body).ok();
        let source = staged.as_ref().map(|staged| staged.source.as_str());
        let time = staged.as_ref().map_or(now, |staged| staged.received);
        let time = time.to_text();
        let hour = time.as_str().get(..13).unwrap_or_default();
        let source = source.unwrap_or(UNREADABLE);
        format!("{source}/{}", hour.replace(['-', 'T'], "/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(body: &str) -> Line<'_> {
        Line {
            group: Some("g".into()),
            sequence: None,
            body: body.into(),
        }
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
}
