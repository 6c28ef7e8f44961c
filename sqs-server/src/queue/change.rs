//! The changes of an operation, in their order, for the store to write.

use std::sync::Arc;

use super::deduplication::{FirstSend, Key};
use super::message::{Arrival, Flight, Message, Receives};
use super::record::QueueRecord;

/// Where a message is: the queue's id and the sequence number in that queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) queue: u64,
    pub(crate) sequence: u64,
}

/// One change of the persistent state.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// A queue is new, or its attributes or tags have changed.
    QueuePut(Box<QueueRecord>),
    /// A queue is gone with everything that it held.
    QueueRemoved(u64),
    /// A queue lost its messages.
    QueueCleared(u64),
    /// A message entered a queue.
    MessagePut(Place, Arc<Message>, Arrival),
    /// A message left a queue.
    MessageRemoved(Place),
    /// A message was received once more, or a receive ended.
    MessageReceived(Place, Receives, Flight),
    /// A send's deduplication id is remembered.
    SendRemembered(u64, Key, FirstSend),
    /// A send's deduplication id is five minutes old.
    SendForgotten(Place),
}
