//! The faults, and who suffers them.

use std::fmt;

/// Who calls whom. Each has its own rate of faults in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A platform calls the endpoint.
    Platform,
    /// The function `push` calls the staging queue.
    Edge,
    /// A pull calls the staging queue.
    Pull,
    /// A pull calls its broker.
    Broker,
    /// Lambda's event source calls the staging queue, and the function `consumer`.
    EventSource,
    /// The function `consumer` calls the staging queue and quarantine.
    Consumer,
    /// The function `consumer` calls a target.
    Target,
    /// The function `webhook` calls its queue and its dead letters.
    Webhook,
    /// The function `webhook` sends to its receiver.
    Receiver,
    /// The operator's tool calls the staging queue, the dead letters and quarantine.
    Operator,
    /// The functions read their settings.
    Settings,
    /// The queue server writes to its disk.
    Disk,
}

impl Party {
    /// All but those of webhooks and the operator.
    pub const ALL: [Party; 9] = [
        Party::Platform,
        Party::Edge,
        Party::Pull,
        Party::Broker,
        Party::EventSource,
        Party::Consumer,
        Party::Target,
        Party::Settings,
        Party::Disk,
    ];

    /// Those that only a webhook has.
    pub const OF_WEBHOOKS: [Party; 2] = [Party::Webhook, Party::Receiver];

    /// What can happen to its calls; not all of it means something to each.
    pub fn faults(self) -> &'static [Fault] {
        match self {
            Party::Platform => &[
                Fault::LostBefore,
                Fault::LostAfter,
                Fault::Late,
                Fault::Slow,
                Fault::Crash,
                Fault::Frozen,
                Fault::Repeated,
            ],
            Party::Edge
            | Party::Pull
            | Party::Consumer
            | Party::Target
            | Party::Webhook
            | Party::Operator => &[
                Fault::LostBefore,
                Fault::LostAfter,
                Fault::HangBefore,
                Fault::HangAfter,
                Fault::Late,
                Fault::Failed,
                Fault::Throttled,
                Fault::Part,
                Fault::PartAfter,
                Fault::Garbled,
                Fault::Slow,
            ],
            Party::Broker => &[
                Fault::LostBefore,
                Fault::LostAfter,
                Fault::HangBefore,
                Fault::Crash,
                Fault::Rebalanced,
                Fault::Truncated,
                Fault::Slow,
            ],
            Party::EventSource => &[
                Fault::LostBefore,
                Fault::LostAfter,
                Fault::Throttled,
                Fault::Crash,
                Fault::Frozen,
                Fault::Repeated,
            ],
            Party::Receiver => &[
                Fault::LostBefore,
                Fault::LostAfter,
                Fault::HangBefore,
                Fault::HangAfter,
                Fault::Late,
                Fault::Failed,
                Fault::Throttled,
                Fault::Refused,
                Fault::Slow,
            ],
            Party::Settings => &[Fault::LostBefore, Fault::HangBefore, Fault::Garbled],
            Party::Disk => &[Fault::Full],
        }
    }
}

/// Something that goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The call does not arrive, and the caller is told at once.
    LostBefore,
    /// The call arrives, and its answer does not; the caller is told.
    LostAfter,
    /// The call does not arrive, and there is no answer.
    HangBefore,
    /// The call arrives, and there is no answer.
    HangAfter,
    /// There is no answer, and the call arrives up to 40 s later.
    Late,
    /// The call takes up to two seconds longer.
    Slow,
    /// The other side fails, with status 500.
    Failed,
    /// The other side refuses for now.
    Throttled,
    /// The other side refuses for good.
    Refused,
    /// Of a batch, some are not taken.
    Part,
    /// Of a batch, some are said not to be taken, and are.
    PartAfter,
    /// The answer is not one.
    Garbled,
    /// The function ends in the middle of its work.
    Crash,
    /// The function stands still for up to five minutes.
    Frozen,
    /// What was done with is handed out again.
    Repeated,
    /// The broker gives a partition to another member.
    Rebalanced,
    /// The broker deletes records that were not read.
    Truncated,
    /// The disk is full.
    Full,
    /// The process that holds everything ends, and begins again.
    Restart,
    /// The wall clock is set.
    ClockSet,
    /// The settings change.
    SettingsChanged,
}

/// A fault of a run, by the place of its call and how many there were before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultId {
    /// Where.
    pub place: String,
    /// The number of the call there.
    pub nth: u64,
}

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.place, self.nth)
    }
}
