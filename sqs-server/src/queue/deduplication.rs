//! The five minutes in which a FIFO queue recognises a repeated send.
//! (SQS Developer Guide, "Exactly-once processing in Amazon SQS".)

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::Millis;
use super::group::GroupId;

/// How long a repeated send is recognised, from the first one.
pub(crate) const INTERVAL: Millis = 5 * 60 * 1000;

/// The deduplication id, with the group if the queue's scope is the message group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) group: Option<GroupId>,
    pub(crate) id: String,
}

/// The first send with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FirstSend {
    pub(crate) message_id: String,
    pub(crate) sequence: u64,
    /// The tick of the send.
    pub(crate) sent: Millis,
}

/// The sends of the last five minutes.
#[derive(Debug, Default)]
pub(crate) struct DeduplicationInterval {
    sends: HashMap<Key, FirstSend>,
    by_age: VecDeque<(Millis, u64, Key)>,
}

impl DeduplicationInterval {
    /// The first send with this key, if it is within five minutes.
    pub(crate) fn find(&self, key: &Key) -> Option<&FirstSend> {
        self.sends.get(key)
    }

    /// Notes a send; sends are noted in the order of their time.
    pub(crate) fn remember(&mut self, key: Key, first: FirstSend) {
        self.by_age
            .push_back((first.sent, first.sequence, key.clone()));
        self.sends.insert(key, first);
    }

    /// Drops a send that is five minutes old, and returns its sequence number; `None` if there is
    /// no such send.
    pub(crate) fn forget_one(&mut self, now: Millis) -> Option<u64> {
        let (sent, _, _) = self.by_age.front()?;
        if sent.saturating_add(INTERVAL) > now {
            return None;
        }
        let (_, sequence, key) = self.by_age.pop_front()?;
        self.sends.remove(&key);
        Some(sequence)
    }
}
