//! What a broker and a staging queue are to do, and what they saw.

use crate::pull::ConnectError;
use std::collections::{BTreeMap, HashSet, VecDeque};

/// What a connection does instead of handing out the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Give,
    Yield,
    Break,
}

/// What becomes of acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acknowledging {
    Done,
    Lost,
    /// The broker has them, and the connection breaks.
    DoneAndBroken,
    Never,
}

/// What the queue does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Later,
    /// The queue has it, and the answer says otherwise.
    AcceptAndSayLater,
    Refuse,
}

/// What the queue does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallStep {
    /// Answers after being polled so often.
    Answer(u8),
    /// Takes nothing, and says so after being polled so often.
    Fail(u8),
    /// Gives no answer before the script of calls is empty.
    Hang,
    /// Takes all, and its answer leaves out the last message.
    Short,
}

/// Both scripts, what happened, and what must not have.
#[derive(Default)]
pub(super) struct World {
    /// Group and body of each message of the topic, in order; the index is the ack_token.
    pub(super) topic: Vec<(String, String)>,
    /// What connecting leads to; `None` for no answer at all.
    pub(super) connects: VecDeque<Option<Result<(), ConnectError>>>,
    pub(super) steps: VecDeque<Step>,
    pub(super) acknowledging: VecDeque<Acknowledging>,
    pub(super) calls: VecDeque<CallStep>,
    pub(super) verdicts: VecDeque<Verdict>,
    /// Bodies that the queue never accepts, and how it says so.
    pub(super) never: BTreeMap<String, Verdict>,
    pub(super) stand_ins: bool,
    pub(super) closing_hangs: bool,

    /// What another consumer has, and whether the pull was not told yet.
    pub(super) lost: HashSet<usize>,
    pub(super) loses: bool,

    pub(super) acknowledged: Vec<usize>,
    /// Group and body of what the queue keeps, in order; a copy is not kept.
    pub(super) staged: Vec<(String, String)>,
    pub(super) sent_calls: Vec<usize>,
    pub(super) under_way: HashSet<String>,
    pub(super) calls_under_way: usize,
    /// How many calls were under way once each had begun.
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

/// A topic of messages of these groups.
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
