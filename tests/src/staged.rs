//! Parses the messages on the staging queue and in quarantine by the documented formats.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::queue::Received;

/// A staged message: a line of provenance, then the original message.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// The line of provenance.
    pub provenance: Value,
    /// The message that the platform sent.
    pub original: Vec<u8>,
    /// The FIFO group.
    pub group: String,
}

/// A message in quarantine: a line with the reason, then the staged message.
#[derive(Clone, Debug, PartialEq)]
pub struct Quarantined {
    /// The line with the reason.
    pub why: Value,
    /// The staged message.
    pub staged: Staged,
}

impl Staged {
    /// Parses a message of the staging queue.
    ///
    /// # Panics
    ///
    /// If the message breaks the rules of its format.
    pub fn parse(received: &Received) -> Self {
        Staged::read(&received.body, &received.group)
    }

    fn read(body: &str, group: &str) -> Self {
        let (provenance, rest) = body.split_once('\n').expect("a line of provenance");
        let provenance: Value = serde_json::from_str(provenance).expect("provenance is JSON");
        let original = match provenance["encoding"].as_str() {
            Some("text") => rest.as_bytes().to_vec(),
            Some("base64") => BASE64.decode(rest).expect("an original in base64"),
            other => panic!("encoding {other:?}"),
        };
        Staged {
            provenance,
            original,
            group: group.to_owned(),
        }
    }
}

impl Quarantined {
    /// Parses a message of the quarantine queue.
    ///
    /// # Panics
    ///
    /// If the message breaks the rules of its format.
    pub fn parse(received: &Received) -> Self {
        let (why, staged) = received
            .body
            .split_once('\n')
            .expect("a line that says why");
        Quarantined {
            why: serde_json::from_str(why).expect("the line is JSON"),
            staged: Staged::read(staged, &received.group),
        }
    }
}
