//! The state machine of one queue. It gets the time from its caller, does no input or output, and
//! returns its changes.
//!
//! - `message`: messages and deliveries.
//! - `settings`: the attributes of a queue.
//! - `setting_error`: why an attribute is refused.
//! - `redrive`: the policies of dead letters.
//! - `group`: the id of a message group.
//! - `order`: which message comes next.
//! - `window`: how many messages a receive looks through.
//! - `deduplication`: repeated sends.
//! - `attempts`: repeated receives.
//! - `state`: the queue itself, its settings and the passing of time.
//! - `sending`, `receiving`, `acknowledging`: the operations on messages.
//! - `going_on`: replaces a queue that was ahead of its store.
//! - `places`: the states of a message and the indexes that follow them.
//! - `record`: what a store keeps of a queue besides its messages.
//! - `change`: the changes for the store to write.

mod acknowledging;
pub(crate) mod attempts;
pub(crate) mod change;
pub(crate) mod deduplication;
mod going_on;
pub(crate) mod group;
pub(crate) mod message;
pub(crate) mod order;
mod places;
mod receiving;
mod record;
pub(crate) mod redrive;
mod sending;
pub(crate) mod setting_error;
pub(crate) mod settings;
mod state;
#[cfg(test)]
mod tests;
pub(crate) mod window;

use std::ops::Add;

pub(crate) use acknowledging::ReceiptError;
pub(crate) use receiving::{Receive, ReceiveError};
pub(crate) use record::QueueRecord;
pub(crate) use sending::Sent;
pub(crate) use state::Queue;
pub use state::{Bound, Depth, Lost};

/// A tick, a time in milliseconds since 1970 (UTC), or a span of milliseconds.
pub(crate) type Millis = u64;

/// When an operation happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Measures delays and timeouts. It cannot be set and never goes back, not even over a restart.
    pub(crate) tick: Millis,
    /// The wall clock, for the times that senders and receivers see.
    pub(crate) wall: Millis,
}

impl Add<Millis> for Moment {
    type Output = Moment;

    fn add(self, span: Millis) -> Moment {
        Moment {
            tick: self.tick + span,
            wall: self.wall + span,
        }
    }
}

/// Converts seconds, the unit of the protocol, to milliseconds.
pub(crate) fn seconds(seconds: u32) -> Millis {
    u64::from(seconds) * 1000
}

/// The two kinds of queue. A FIFO queue's name has the suffix `.fifo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Standard,
    Fifo,
}

impl Kind {
    /// The kind of the queue with this name.
    pub(crate) fn of_name(name: &str) -> Kind {
        if name.ends_with(".fifo") {
            Kind::Fifo
        } else {
            Kind::Standard
        }
    }
}
