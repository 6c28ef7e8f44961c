//! The scripts of a broker and a staging queue, and what happened to them.

use crate::pull::ConnectError;
use std::collections::{BTreeMap, HashSet, VecDeque};

/// What a connection does instead of delivering the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Give,
    Yield,
    Break,
}

/// What happens to acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acknowledging {
    Done,
    Lost,
    /// The broker gets them, and the connection breaks.
    DoneAndBroken,
    Never,
}

/// What the queue does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Later,
    /// The queue accepts it, and the answer says the opposite.
    AcceptAndSayLater,
    Refuse,
}

/// What the queue does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallStep {
    /// Answers after being polled so often.
    Answer(u8),
    /// Accepts nothing, and says so after being polled so often.
    Fail(u8),
    /// Gives no answer until the script of calls is empty.
    Hang,
    /// Accepts everything, and leaves the last message out of its answer.
    Short,
}

/// Both scripts, the events, and the faults.
#[derive(Default)]
pub(super) struct World {
    /// Group and body of each message of the topic, in order; the index is the ack token.
    pub(super) topic: Vec<(String, String)>,
    /// The results of connecting; `None` for no answer at all.
    pub(super) connects: VecDeque<Option<Result<(), ConnectError>>>,
    pub(super) steps: VecDeque<Step>,
    pub(super) acknowledging: VecDeque<Acknowledging>,
    pub(super) calls: VecDeque<CallStep>,
    pub(super) verdicts: VecDeque<Verdict>,
    /// Bodies that the queue never accepts, with its verdict.
    pub(super) never: BTreeMap<String, Verdict>,
    pub(super) stand_ins: bool,
    pub(super) closing_hangs: bool,

    /// The messages that another consumer has, and whether the pull does not know that yet.
    pub(super) lost: HashSet<usize>,
    pub(super) loses: bool,

    pub(super) acknowledged: Vec<usize>,
    /// Group and body of the messages that the queue keeps, in order. It does not keep copies.
    pub(super) staged: Vec<(String, String)>,
    pub(super) sent_calls: Vec<usize>,
    pub(super) under_way: HashSet<String>,
    pub(super) calls_under_way: usize,
    /// The number of calls under way after each has begun.
    pub(super) crowds: Vec<usize>,
    pub(super) handed_out: usize,
    pub(super) ticks: usize,
    pub(super) closes: usize,
    pub(super) attempts: usize,
    pub(super) faults: Vec<String>,
}

impl World {
    /// Whether every message is acknowledged.
    pub(super) fn is_done(&self) -> bool {
        self.acknowledged.len() == self.topic.len()
    }
}

/// A topic with messages of these groups.
pub(super) fn topic(groups: impl IntoIterator<Item = u8>) -> Vec<(String, String)> {
    groups
        .into_iter()
        .enumerate()
        .map(|(n, group)| (format!("g{group}"), format!("{n:06}")))
        .collect()
}

/// The bodies of each group, in their order.
pub(super) fn by_group(messages: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut groups = BTreeMap::<&str, Vec<&str>>::new();
    for (group, body) in messages {
        groups.entry(group).or_default().push(body);
    }
    groups
}
