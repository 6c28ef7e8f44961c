//! Ids and groups: hashes over length-delimited fields, so that no two lists of fields have the
//! same hash.

use sha2::{Digest, Sha256};
use std::fmt;

/// The identity of a message: equal for copies of one message, different for different messages.
///
/// 64 lower-case hexadecimal characters. It is the deduplication id on the staging queue and the
/// stem of the ids of the message's events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// The id, if it is 64 lower-case hexadecimal characters.
    pub fn parse(text: &str) -> Option<MessageId> {
        let well_formed =
            text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        well_formed.then(|| MessageId(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A FIFO message group: messages that are processed in order. 64 lower-case hexadecimal characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group(String);

impl Group {
    /// The group as text, fit for SQS.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity of a message and its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Equal for copies of one message, different for different messages.
    pub id: MessageId,
    /// The group of the device, or of the source if no device is known.
    pub group: Group,
}

/// Hashes fields one after the other, each preceded by its length in bytes.
///
/// The `domain` separates the hashes of different purposes and kinds of message.
#[derive(Clone)]
pub struct FieldHasher(Sha256);

impl FieldHasher {
    /// Begins a hash for one purpose.
    pub fn new(domain: &str) -> Self {
        FieldHasher(Sha256::new()).field(domain.as_bytes())
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// The hash as the identity of a message.
    pub fn into_message_id(self) -> MessageId {
        MessageId(hex::encode(self.0.finalize()))
    }

    /// The hash as a group.
    pub fn into_group(self) -> Group {
        Group(hex::encode(self.0.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_shown_as_it_is_sent() {
        let group = FieldHasher::new("a").into_group();
        assert_eq!(group.to_string(), group.as_str());
    }

    #[test]
    fn an_id_is_64_hexadecimal_characters_in_lower_case() {
        let id = FieldHasher::new("a").into_message_id();
        let text = id.as_str();
        let cases = [
            (text.to_owned(), true),
            (text[1..].to_owned(), false),
            (format!("{text}0"), false),
            (format!("{}g", &text[1..]), false),
            (format!("{}A", &text[1..]), false),
            (String::new(), false),
        ];
        for (text, is_id) in cases {
            let parsed = MessageId::parse(&text);
            assert_eq!(parsed.is_some(), is_id, "{text}");
            assert!(parsed.is_none_or(|parsed| parsed.to_string() == text));
        }
    }
}
