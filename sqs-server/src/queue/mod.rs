//! The state machine of one queue: it is told the time, does no input or output, and says what changed.
//!
//! - `message`: what is sent, and what is handed out.
//! - `settings`: the attributes of a queue.
//! - `redrive`: the policies of dead letters.
//! - `group`: the id of a message group.
//! - `order`: which message comes next.
//! - `deduplication`: repeated sends.
//! - `attempts`: repeated receives.
//! - `state`: the queue itself, its settings and the passing of time.
//! - `sending`, `receiving`, `acknowledging`: the operations on messages.
//! - `going_on`: what goes on when the store falls back behind the queue.
//! - `places`: the states of a message and the indexes that follow them.
//! - `change`: what a store must know.

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
pub(crate) mod redrive;
mod sending;
pub(crate) mod settings;
mod state;
#[cfg(test)]
mod tests;

use std::ops::Add;

pub(crate) use acknowledging::ReceiptError;
pub(crate) use receiving::{Receive, ReceiveError};
pub(crate) use sending::Sent;
pub use state::{Bound, Depth, Lost};
pub(crate) use state::{Queue, QueueRecord};

/// A tick, a time in milliseconds since 1970 (UTC), or a span of milliseconds.
pub(crate) type Millis = u64;

/// When an operation happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// By this everything is measured that ends: it never goes back, over restarts neither, and
    /// nobody can set it.
    pub(crate) tick: Millis,
    /// The wall clock, for what senders and receivers are told.
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

/// Seconds as the protocol counts, in the unit of the state machine.
pub(crate) fn seconds(seconds: u32) -> Millis {
    u64::from(seconds) * 1000
}

/// The two kinds of queue; the name says which (`.fifo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Standard,
    Fifo,
}

impl Kind {
    /// The kind that the name says.
    pub(crate) fn of_name(name: &str) -> Kind {
        if name.ends_with(".fifo") {
            Kind::Fifo
        } else {
            Kind::Standard
        }
    }
}
