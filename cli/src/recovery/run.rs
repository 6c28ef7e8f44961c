//! A run that has begun.

use serde::{Deserialize, Serialize};
use thingrelay::clock::Clock;
use thingrelay_core::replay::RunId;

/// A run that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: RunId,
    /// The only target that gets the events.
    pub(crate) target: Option<String>,
    /// Whether the messages come out of the archive.
    pub(crate) archived: bool,
    /// How many messages the run stages.
    pub(crate) messages: u64,
    /// Whether one device's messages were staged and did not come back, or nobody asked for that.
    pub(crate) is_probed: bool,
    /// The arguments that chose the messages.
    pub(crate) selection: String,
}

/// The id of a run that begins now.
pub(crate) fn new_id() -> RunId {
    RunId::new(Clock::system().now(), rand::random())
}
