//! What must become of the messages that the operator has staged again, and whether it did.

use std::collections::{BTreeMap, BTreeSet};

use crate::message::Sent;
use crate::oracle::{Evidence, events_of, expected_at, number_of};
use crate::record::{Event, Record, Restaged};

/// Whether a message was a dead letter or in quarantine, and was staged again.
pub(crate) fn is_redriven(record: &Record, number: usize) -> bool {
    let runs = record.restaged.range((number, String::new())..);
    let mut runs = runs.take_while(|((of, _), _)| *of == number);
    runs.any(|(_, restaged)| !restaged.archived)
}

/// What is wrong.
pub(crate) fn judge(evidence: &Evidence<'_>, problems: &mut Vec<String>) {
    let restaged = &evidence.record.restaged;
    for (run, numbers) in &evidence.record.runs {
        let lost = numbers
            .iter()
            .filter(|number| !restaged.contains_key(&(**number, run.clone())));
        for number in lost {
            problems.push(format!("lost: {run} has not staged message {number}"));
        }
    }
    for ((number, run), restaged) in &evidence.record.restaged {
        let sent = evidence.sent.iter().find(|sent| sent.number == *number);
        let Some(sent) = sent else {
            problems.push(format!(
                "{run} has staged message {number}, which nobody has sent"
            ));
            continue;
        };
        // Copies of a message without an identity are messages of their own.
        if sent.has_identity && restaged.ids.len() > 1 {
            problems.push(format!(
                "identity: {run} has staged message {number} under several ids"
            ));
        }
        comes_out(evidence, sent, run, restaged, problems);
    }
    for target in evidence.targets.iter().filter(|target| target.keeps_order) {
        let events = events_of(evidence.record, target);
        in_order(evidence.record, &target.queue(), events, problems);
    }
}

/// Each target that is to get the events of a run's message gets them, and no other target does.
fn comes_out(
    evidence: &Evidence<'_>,
    sent: &Sent,
    run: &str,
    restaged: &Restaged,
    problems: &mut Vec<String>,
) {
    let record = evidence.record;
    let number = sent.number;
    // It may have become a dead letter again, and come out by another run.
    let may_be_dead = record.mates.contains(&number) || record.dead.contains(&number);
    for target in evidence.targets {
        let events = events_of(record, target).iter();
        let mut found: Vec<&Event> = events
            .filter(|event| event.number == number && event.replay.as_deref() == Some(run))
            .collect();
        found.sort_by_key(|event| number_of(&event.id));
        found.dedup_by_key(|event| event.id.clone());
        let found = found.into_iter();
        let found: Vec<_> = found
            .map(|event| (event.kind.as_str(), event.subject.clone()))
            .collect();
        let is_meant = restaged
            .target
            .as_ref()
            .is_none_or(|name| *name == target.name());
        let expected = match is_meant {
            true => expected_at(target, sent),
            false => Vec::new(),
        };
        if found != expected && !(is_meant && may_be_dead) {
            problems.push(format!(
                "lost: {} has {found:?} of message {number} by {run}, and not {expected:?}",
                target.queue()
            ));
        }
    }
}

/// The events of one run are in the order in which their messages were received.
fn in_order(record: &Record, target: &str, events: &[Event], problems: &mut Vec<String>) {
    let mut last = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let again = events.iter().filter(|event| event.replay.is_some());
    for event in again.filter(|event| seen.insert((&event.replay, &event.id))) {
        let Some(staged) = record.staged.get(&event.number) else {
            continue;
        };
        let key = (&event.replay, &staged.group, &event.source, &event.subject);
        let place = (staged.received, event.number, number_of(&event.id));
        let Some(before) = last.insert(key, place) else {
            continue;
        };
        let is_behind = before.0 <= place.0 && (before.1 != place.1 || before.2 <= place.2);
        if !is_behind {
            problems.push(format!(
                "order: {target} has {} of {:?} before an earlier one",
                event.id, event.replay
            ));
        }
    }
}
