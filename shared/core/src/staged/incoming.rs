//! A message at the edge, made a message for the staging queue.

use super::{EdgeError, MAX_ORIGINAL_BYTES, Staged, Transport};
use crate::{
    identity::{Identified, MessageId},
    message::{Fifo, Message},
    source::{Platform, SourceName},
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// What an edge knows of a message that it is about to stage.
#[derive(Debug, Clone)]
pub struct Incoming<'a> {
    /// The message's id and group.
    pub identified: Identified,
    /// The source that accepts the message.
    pub source: &'a SourceName,
    /// The source's platform.
    pub platform: Platform,
    /// When the message was accepted.
    pub received: Timestamp,
    /// The channel by which the message came, and what the channel tells of it.
    pub transport: Transport<'a>,
    /// Why the edge could not read the message, if it could not.
    pub error: Option<EdgeError>,
    /// The message as the platform sent it, decrypted if it could be.
    pub original: Cow<'a, [u8]>,
}

impl Incoming<'_> {
    /// The message for the staging queue, and its id. A reference stands for an original that is
    /// larger than [`MAX_ORIGINAL_BYTES`].
    pub fn into_message(self) -> (MessageId, Message) {
        let fifo = Fifo {
            group: self.identified.group.as_str().to_owned(),
            deduplication: self.identified.id.as_str().to_owned(),
        };
        let mut staged = Staged {
            id: self.identified.id,
            source: self.source.clone(),
            platform: self.platform,
            received: self.received,
            transport: self.transport,
            error: self.error,
            original: self.original,
        };
        if staged.original.len() > MAX_ORIGINAL_BYTES {
            staged = staged.by_reference(EdgeError::TooLarge);
        }
        let message = Message {
            body: staged.to_body(),
            fifo: Some(fifo),
        };
        (staged.id, message)
    }
}
