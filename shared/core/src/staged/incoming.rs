//! Makes a message for the staging queue from a message at the edge.

use super::{EdgeError, MAX_ORIGINAL_BYTES, Staged, Transport};
use crate::{
    identity::{Identified, MessageId},
    message::{Fifo, Message},
    source::{Platform, SourceName},
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// A message that an edge is about to stage, and the facts about it.
#[derive(Debug, Clone)]
pub struct Incoming<'a> {
    pub identified: Identified,
    /// The source that accepts the message.
    pub source: &'a SourceName,
    /// The source's platform.
    pub platform: Platform,
    /// When the message was accepted.
    pub received: Timestamp,
    /// The channel by which the message came, and the channel's facts about it.
    pub transport: Transport<'a>,
    /// Why the edge could not read the message; `None` if it could.
    pub error: Option<EdgeError>,
    /// The message as the platform sent it, decrypted if that was possible.
    pub original: Cow<'a, [u8]>,
}

impl Incoming<'_> {
    /// The message for the staging queue, and its id. An original that is larger than
    /// [`MAX_ORIGINAL_BYTES`] is replaced by a reference.
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
            replay: None,
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
