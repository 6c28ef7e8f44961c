//! What happened in a run, as far as the oracle and the comparison of two runs need it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use thingrelay_core::timestamp::Timestamp;

use crate::fault::{Fault, FaultId};

/// How often a message may be received within a time: it rests for 5 s, 10 s, 20 s and so on, and a call
/// that hides it may be late or lost.
const MOST_RECEIVES: usize = 10;
const RESTING: Duration = Duration::from_secs(60);

/// What happened.
#[derive(Debug, Default)]
pub struct Record {
    /// What happened, in its order, for the comparison of two runs and for people.
    pub trace: Vec<String>,
    /// The faults that happened.
    pub faults: Vec<(FaultId, Fault)>,
    /// The messages that a source was told are accepted.
    pub acknowledged: BTreeSet<usize>,
    /// The messages to which `push` has answered 200, whether the source has heard it or not.
    pub answered: BTreeSet<usize>,
    /// The forged or stale requests, by their answers' status.
    pub forged: Vec<u16>,
    /// The first acceptance of a message on the staging queue: its sequence number there, its group.
    pub staged: BTreeMap<usize, Staged>,
    /// The messages of each run of the operator.
    pub runs: BTreeMap<String, BTreeSet<usize>>,
    /// What runs of the operator have staged again: the message and the run.
    pub restaged: BTreeMap<(usize, String), Restaged>,
    /// The ids under which a message was staged.
    pub ids: BTreeMap<usize, BTreeSet<String>>,
    /// When a queue accepted what it has under a sequence number.
    pub accepted_at: BTreeMap<(String, String), Duration>,
    /// The events that a target has, by the target's name, in the order of their acceptance.
    pub events: BTreeMap<String, Vec<Event>>,
    /// What is in quarantine: the message, and the reason.
    pub quarantined: Vec<(usize, String)>,
    /// What is among the dead letters.
    pub dead: BTreeSet<usize>,
    /// The messages that were received behind or before a deadly one of their group.
    pub mates: BTreeSet<usize>,
    /// When the staging queue's messages were last received, by their ids there, while a process runs.
    pub receives: BTreeMap<String, VecDeque<Duration>>,
    /// When the process of the machine was not there.
    pub downtimes: Vec<Downtime>,
    /// What a webhook's receiver has taken, by the name of the webhook's queue, in its order.
    pub taken: BTreeMap<String, Vec<Taken>>,
    /// The ids of the events that a webhook's receiver has refused for good, with that name.
    pub refusals: BTreeSet<(String, String)>,
    /// The ids of a webhook's dead letters, and their reasons, by that name.
    pub given_up: BTreeMap<String, Vec<(String, String)>>,
    /// How the invocations of webhooks ended.
    pub webhook: WebhookInvocations,
    /// What is wrong already.
    pub problems: Vec<String>,
    /// How invocations ended.
    pub invocations: Invocations,
}

/// A time without the process of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Downtime {
    /// When it last noted the wall clock.
    pub from: Duration,
    /// When it began again.
    pub to: Duration,
    /// By how much its clock may be ahead since then: it goes by the wall clock for that time.
    pub skipped: Duration,
}

/// A message as the staging queue has it.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Orders the messages.
    pub sequence: String,
    /// The group.
    pub group: String,
    /// When it was received, by the clock of the function.
    pub received: Timestamp,
    /// The body.
    pub body: String,
}

/// A message that a run has staged again.
#[derive(Debug, Clone)]
pub struct Restaged {
    /// The only target that is to get its events.
    pub target: Option<String>,
    /// Whether it comes out of the archive.
    pub archived: bool,
    /// The deduplication ids.
    pub ids: BTreeSet<String>,
}

/// An event as a target has it.
#[derive(Debug, Clone)]
pub struct Event {
    /// The message.
    pub number: usize,
    /// The event's own id.
    pub id: String,
    /// The type, without what all have in common.
    pub kind: String,
    /// The subject.
    pub subject: Option<String>,
    /// The run that staged the message again.
    pub replay: Option<String>,
    /// The source.
    pub source: String,
    /// All of it.
    pub body: String,
    /// The target's group.
    pub group: String,
    /// Its place at the target.
    pub sequence: String,
    /// When it was accepted.
    pub at: Duration,
}

/// An event as a webhook's receiver has it.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its id.
    pub id: String,
    /// The body of the request.
    pub body: String,
}

/// The ends of invocations of webhooks.
#[derive(Debug, Default, Clone, Copy)]
pub struct WebhookInvocations {
    /// Records that it was invoked with, and those of them whose invocation came to its end.
    pub handed_out: u64,
    pub worked: u64,
    /// Of the latter, those that do not come again.
    pub done: u64,
}

/// The ends of invocations, for the balance of the counters.
#[derive(Debug, Default, Clone, Copy)]
pub struct Invocations {
    /// Requests that were answered: with 200, with 503 as staging is not there, with anything else.
    pub accepted: u64,
    pub unavailable: u64,
    pub rejected: u64,
    /// Requests of which an invocation began, answered or not.
    pub begun: u64,
    /// Records that the consumer was invoked with, and those of them whose invocation came to its end.
    pub handed_out: u64,
    pub worked: u64,
}

impl Record {
    /// Notes that a message was received.
    pub fn note_received(&mut self, now: Duration, id: &str, number: impl FnOnce() -> usize) {
        let receives = self.receives.entry(id.to_owned()).or_default();
        receives.push_back(now);
        receives.retain(|at| *at + RESTING > now);
        if receives.len() > MOST_RECEIVES {
            let problem = format!("rest: message {} is received again and again", number());
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// Notes what happened.
    pub fn note(&mut self, now: Duration, what: impl FnOnce() -> String) {
        self.trace
            .push(format!("{:>9} {}", now.as_millis(), what()));
    }
}
