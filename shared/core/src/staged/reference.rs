//! A reference that is staged in place of an original that no queue accepts.

use super::{EdgeError, Staged, Transport};
use crate::message::Message;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Says where to find the original, and how to recognise it.
#[derive(Serialize)]
struct Reference<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    /// The size of the original.
    bytes: usize,
    /// The hash of the original, in hexadecimal.
    sha256: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Place<'a> {
    Http {},
    Kafka {
        topic: &'a str,
        partition: i32,
        offset: i64,
    },
    Tuya {
        topic: &'a str,
        message_id: &'a str,
    },
}

impl<'a> Staged<'a> {
    /// The message with a reference in place of its original.
    #[expect(
        clippy::expect_used,
        reason = "text and numbers are serialised to memory"
    )]
    pub(super) fn by_reference(self, error: EdgeError) -> Staged<'a> {
        let reference = Reference {
            place: match &self.transport {
                Transport::Http => Place::Http {},
                Transport::Kafka(record) => Place::Kafka {
                    topic: &record.topic,
                    partition: record.partition,
                    offset: record.offset,
                },
                Transport::Pulsar(message) => Place::Tuya {
                    topic: &message.topic,
                    message_id: &message.message_id,
                },
            },
            bytes: self.original.len(),
            sha256: hex::encode(Sha256::digest(&self.original)),
        };
        let reference =
            serde_json::to_vec(&reference).expect("text and numbers serialise to memory");
        Staged {
            error: Some(error),
            original: Cow::Owned(reference),
            ..self
        }
    }
}

/// The message to stage in place of one that the queue refuses permanently: a reference, in the
/// same group and with the same id. `None` if the refused message is not a staged message, or is
/// itself a reference.
pub fn stand_in(refused: &Message) -> Option<Message> {
    let staged = Staged::from_body(&refused.body).ok()?;
    if let Some(EdgeError::TooLarge | EdgeError::RefusedByQueue) = staged.error {
        return None;
    }
    Some(Message {
        body: staged.by_reference(EdgeError::RefusedByQueue).to_body(),
        fifo: refused.fifo.clone(),
    })
}
