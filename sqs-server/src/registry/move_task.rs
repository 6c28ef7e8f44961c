//! The message move tasks that are remembered.

use crate::queue::Millis;

/// The number of tasks of one source that are remembered, and the most that are listed.
pub(super) const REMEMBERED: usize = 10;

/// All move tasks that are remembered, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    pub(super) tasks: Vec<MoveTask>,
}

#[derive(Debug, Clone)]
pub(crate) struct MoveTask {
    pub(crate) id: String,
    pub(crate) source_arn: String,
    /// The queue that gets the messages. Without it, each message goes to its own source.
    pub(crate) destination_arn: Option<String>,
    /// Messages per second; without it, as fast as possible.
    pub(crate) rate: Option<u32>,
    pub(crate) status: MoveStatus,
    pub(crate) moved: usize,
    /// The number of messages in the source when the task began.
    pub(crate) to_move: usize,
    /// The time of the start, by the wall clock.
    pub(crate) started: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MoveStatus {
    Running,
    Completed,
    Cancelled,
    /// The reason in the words of the API.
    Failed(&'static str),
}
