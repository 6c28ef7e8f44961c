//! What becomes of an accepted message.

use consumer::record::{Verdict, verdict};
use thingrelay_core::{
    config::{ConsumerConfig, Target, name::shown},
    normalize::OutgoingEvent,
    staged::Staged,
};

/// The queue of the stack that gets the events if the settings name no target.
const OWN_QUEUE: &str = "events";

/// What becomes of an accepted message.
#[derive(Debug)]
pub(crate) struct Fate {
    /// The id that `push` gives the message.
    pub(crate) id: Option<String>,
    pub(crate) outcome: Outcome,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    /// Each event, with the targets.
    Forwarded(Vec<(OutgoingEvent, Vec<Taker>)>),
    Quarantined {
        reason: &'static str,
        detail: String,
    },
    /// The message waits on the staging queue.
    Waiting {
        reason: &'static str,
        detail: String,
    },
}

/// A target, and whether it takes an event.
#[derive(Debug)]
pub(crate) struct Taker {
    pub(crate) name: String,
    pub(crate) takes: bool,
    /// Which events it takes, for people.
    pub(crate) filter: String,
}

impl Fate {
    /// What becomes of a message of the staging queue with this body.
    pub(crate) fn of(body: &str, config: &ConsumerConfig) -> Fate {
        let staged = Staged::from_body(body).ok();
        Fate {
            id: staged.map(|staged| staged.id.to_string()),
            outcome: outcome(body, config),
        }
    }
}

fn outcome(body: &str, config: &ConsumerConfig) -> Outcome {
    if let Some(problems) = config.broken.targets.values().next() {
        // No message is done without every target.
        return Outcome::Waiting {
            reason: "misconfigured",
            detail: problems.on_one_line(),
        };
    }
    match verdict(body, config) {
        Verdict::Quarantine { reason, detail } => Outcome::Quarantined { reason, detail },
        Verdict::HandBack { reason, detail } => Outcome::Waiting { reason, detail },
        Verdict::Forward(events) => {
            let events = events.into_iter().map(|event| {
                let takers = takers(&event, &config.targets);
                (event, takers)
            });
            Outcome::Forwarded(events.collect())
        }
    }
}

fn takers(event: &OutgoingEvent, targets: &[Target]) -> Vec<Taker> {
    if targets.is_empty() {
        return vec![Taker {
            name: OWN_QUEUE.to_owned(),
            takes: true,
            filter: "every event, as the settings name no target".to_owned(),
        }];
    }
    let takers = targets.iter().map(|target| Taker {
        name: shown(&target.name).into_owned(),
        takes: target.filter.passes(event),
        filter: target.filter.to_string(),
    });
    takers.collect()
}
