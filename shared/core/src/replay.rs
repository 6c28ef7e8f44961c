//! The mark of a message that an operator has staged again.

use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The id of a run that stages messages again: 1 to 32 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// The text is not the id of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a run has 1 to 32 of a-z, 0-9 and -")]
pub struct RunIdError;

/// Marks a message that was staged again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The run that staged the message. The events of the message carry the id as `replay`.
    pub run: RunId,
    /// The only target that gets the events; `None` for every target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Whether the message came out of the archive, which then need not keep it a second time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

impl RunId {
    const MAX_LEN: usize = 32;

    /// The id, if it keeps to the grammar.
    pub fn parse(text: &str) -> Option<RunId> {
        let well_formed = (1..=Self::MAX_LEN).contains(&text.len())
            && text
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        well_formed.then(|| RunId(text.to_owned()))
    }

    /// A new id: the time, and a random number that makes it different from that of any other run.
    pub fn new(at: Timestamp, random: u32) -> RunId {
        let time = at.to_text();
        let time = time.as_str().chars().take("2026-11-30T08:15:00".len());
        let time = time.filter(char::is_ascii_alphanumeric);
        let time: String = time.map(|c| c.to_ascii_lowercase()).collect();
        RunId(format!("{time}z-{random:08x}"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RunId {
    type Error = RunIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        RunId::parse(&text).ok_or(RunIdError)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> String {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
