//! What must come out of a run, and whether it did.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use thingrelay::telemetry::Counters;

use crate::again;
use crate::delivered;
use crate::message::{Expected, Sent};
use crate::record::{Event, Record};
use crate::target::Target;

/// For how long a FIFO queue drops a repeat.
const DEDUPLICATION: Duration = Duration::from_secs(300);

/// What is known of a run at its end.
pub(crate) struct Evidence<'a> {
    pub(crate) sent: &'a [Sent],
    pub(crate) record: &'a Record,
    pub(crate) targets: &'a [Target],
    pub(crate) counters: &'a Counters,
    /// How many sends the staging queue dropped.
    pub(crate) duplicates: u64,
    /// What is left on the staging queue.
    pub(crate) left: usize,
    /// Whether the run had no faults.
    pub(crate) is_calm: bool,
    /// Records that the broker deleted before they were read.
    pub(crate) truncated: &'a BTreeSet<usize>,
    /// Whether the broker has been told of every record that it had kept.
    pub(crate) is_all_acknowledged: bool,
}

/// What is wrong.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut problems = evidence.record.problems.clone();
    if evidence.left > 0 {
        problems.push(format!(
            "{} messages are on the staging queue or a webhook's still",
            evidence.left
        ));
    }
    if !evidence.is_all_acknowledged {
        problems.push("lost: the broker has records that nobody acknowledges".to_owned());
    }
    nothing_forged(evidence, &mut problems);
    everything_comes_out(evidence, &mut problems);
    for target in evidence.targets {
        let (name, events) = (target.queue(), events_of(evidence.record, target));
        one_id_one_content(&name, events, &mut problems);
        if target.keeps_order {
            no_early_copies(evidence, &name, events, &mut problems);
            in_order(evidence, &name, events, &mut problems);
        }
    }
    for target in evidence.targets.iter().filter(|target| target.is_webhook) {
        delivered::judge(evidence.record, target, evidence.counters, &mut problems);
    }
    again::judge(evidence, &mut problems);
    one_group(evidence, &mut problems);
    pulled_in_order(evidence, &mut problems);
    balance(evidence, &mut problems);
    problems
}

pub(crate) fn events_of<'a>(record: &'a Record, target: &Target) -> &'a [Event] {
    record
        .events
        .get(&target.queue())
        .map_or(&[][..], Vec::as_slice)
}

fn nothing_forged(evidence: &Evidence<'_>, problems: &mut Vec<String>) {
    if evidence.record.forged.contains(&200) {
        problems
            .push("forged: a request that no source has signed in time was accepted".to_owned());
    }
}

/// What was acknowledged, and what the staging queue has accepted, comes out as it should.
fn everything_comes_out(evidence: &Evidence<'_>, problems: &mut Vec<String>) {
    let record = evidence.record;
    for sent in evidence.sent {
        let number = sent.number;
        let is_staged = record.staged.contains_key(&number);
        let is_answered =
            record.acknowledged.contains(&number) || record.answered.contains(&number);
        if is_answered && !is_staged {
            problems.push(format!(
                "lost: message {number} was acknowledged and never staged"
            ));
        }
        if evidence.is_calm && !record.acknowledged.contains(&number) {
            problems.push(format!(
                "refused: message {number} was not accepted, without any fault"
            ));
        }
        if sent.has_identity && record.ids.get(&number).is_some_and(|ids| ids.len() > 1) {
            problems.push(format!(
                "identity: message {number} was staged under several ids"
            ));
        }
        if is_staged {
            comes_out(evidence, sent, problems);
        }
    }
}

fn comes_out(evidence: &Evidence<'_>, sent: &Sent, problems: &mut Vec<String>) {
    let record = evidence.record;
    let number = sent.number;
    let reasons: BTreeSet<&str> = record
        .quarantined
        .iter()
        .filter(|(quarantined, _)| *quarantined == number)
        .map(|(_, reason)| reason.as_str())
        .collect();
    let is_dead = record.dead.contains(&number);
    if is_dead && sent.expected != Expected::Dead {
        // A group is received together: what stands behind a deadly record is received as often.
        if !record.mates.contains(&number) {
            problems.push(format!(
                "dead: message {number} is a dead letter, and ends no invocation"
            ));
        }
        return;
    }
    let of = |events: &[(&'static str, Option<String>)], target: &Target| {
        taken_by(target, sent.is_pulled, events)
    };
    let expected_reasons: BTreeSet<&str> = match (&sent.expected, evidence.targets) {
        (Expected::Quarantine(reason), _) => BTreeSet::from([*reason]),
        (Expected::EventsAndRefused(events), [first, ..]) if !of(events, first).is_empty() => {
            BTreeSet::from(["refused_by_target"])
        }
        _ => BTreeSet::new(),
    };
    if reasons != expected_reasons {
        problems.push(format!(
            "quarantine: message {number} is there for {reasons:?} instead of {expected_reasons:?}"
        ));
    }
    if sent.expected == Expected::Dead && !is_dead {
        problems.push(format!(
            "lost: message {number}, which is deadly, is no dead letter"
        ));
    }
    for target in evidence.targets {
        let events = events_of(record, target).iter();
        let mut found: Vec<&Event> = events.filter(|event| event.number == number).collect();
        found.sort_by_key(|event| number_of(&event.id));
        found.dedup_by_key(|event| event.id.clone());
        let found: Vec<_> = found
            .iter()
            .map(|event| (event.kind.as_str(), event.subject.clone()))
            .collect();
        let expected = expected_at(target, sent);
        if found != expected {
            let target = target.queue();
            problems.push(format!(
                "lost: {target} has {found:?} of message {number}, and not {expected:?}"
            ));
        }
    }
}

/// Of these events, the ones that a target takes.
fn taken_by(
    target: &Target,
    is_pulled: bool,
    events: &[(&'static str, Option<String>)],
) -> Vec<(&'static str, Option<String>)> {
    let taken = events.iter().filter(|(kind, subject)| {
        let takes = target.takes;
        takes.takes(kind, subject.as_deref(), is_pulled)
    });
    taken.cloned().collect()
}

/// The events of a message that a target must get.
pub(crate) fn expected_at(target: &Target, sent: &Sent) -> Vec<(&'static str, Option<String>)> {
    match &sent.expected {
        Expected::Events(events) => taken_by(target, sent.is_pulled, events),
        // The first target refuses them.
        Expected::EventsAndRefused(events) if target.number > 0 => {
            taken_by(target, sent.is_pulled, events)
        }
        _ => Vec::new(),
    }
}

fn base_of(id: &str) -> &str {
    id.split_once('-').map_or(id, |(base, _)| base)
}

pub(crate) fn number_of(id: &str) -> u64 {
    id.split_once('-')
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or(u64::MAX)
}

/// One id has one content, and one message has one id.
fn one_id_one_content(target: &str, events: &[Event], problems: &mut Vec<String>) {
    let mut by_id: BTreeMap<&str, &Event> = BTreeMap::new();
    let mut bases: BTreeMap<&str, usize> = BTreeMap::new();
    let mut base_of_message: BTreeMap<usize, &str> = BTreeMap::new();
    for event in events {
        if let Some(earlier) = by_id.insert(&event.id, event)
            && !has_same_content(earlier, event)
        {
            problems.push(format!(
                "identity: {target} has two contents of {}",
                event.id
            ));
        }
        let base = base_of(&event.id);
        if *bases.entry(base).or_insert(event.number) != event.number {
            problems.push(format!("identity: {target} has two messages under {base}"));
        }
        if *base_of_message.entry(event.number).or_insert(base) != base {
            problems.push(format!(
                "identity: {target} has message {} under two ids",
                event.number
            ));
        }
    }
}

/// Whether two events are the same but for the run that has staged the message again.
fn has_same_content(one: &Event, other: &Event) -> bool {
    if one.replay == other.replay {
        return one.body == other.body;
    }
    let content = |event: &Event| {
        let mut content: Value = serde_json::from_str(&event.body).ok()?;
        content.as_object_mut()?.remove("replay");
        Some(content)
    };
    content(one).is_some_and(|one| Some(one) == content(other))
}

/// What keeps the order has a copy after five minutes at the earliest, by the queue server's clock; a copy
/// of another run counts for itself.
fn no_early_copies(
    evidence: &Evidence<'_>,
    target: &str,
    events: &[Event],
    problems: &mut Vec<String>,
) {
    let mut accepted: BTreeMap<(&str, Option<&str>), Duration> = BTreeMap::new();
    for event in events {
        let copy = (event.id.as_str(), event.replay.as_deref());
        let Some(earlier) = accepted.insert(copy, event.at) else {
            continue;
        };
        let downtimes = evidence.record.downtimes.iter();
        let between = downtimes.filter(|down| earlier <= down.to && down.to <= event.at);
        let skipped: Duration = between.map(|down| down.skipped).sum();
        if event.at + skipped < earlier + DEDUPLICATION {
            problems.push(format!(
                "identity: {target} has {} twice within five minutes",
                event.id
            ));
        }
    }
}

/// The first deliveries of one sender's events of one subject are in the order of acceptance, but for
/// dead letters and quarantine that were staged again.
fn in_order(evidence: &Evidence<'_>, target: &str, events: &[Event], problems: &mut Vec<String>) {
    let mut last: BTreeMap<(&str, &str, &str), (&str, u64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for event in events.iter().filter(|event| seen.insert(event.id.as_str())) {
        let Some(staged) = evidence.record.staged.get(&event.number) else {
            problems.push(format!(
                "{target} has message {}, which was never staged",
                event.number
            ));
            continue;
        };
        if again::is_redriven(evidence.record, event.number) {
            continue;
        }
        let subject = event.subject.as_deref().unwrap_or_default();
        let key = (staged.group.as_str(), event.source.as_str(), subject);
        let place = (staged.sequence.as_str(), number_of(&event.id));
        if let Some(before) = last.insert(key, place)
            && before > place
        {
            problems.push(format!(
                "order: {target} has message {} of {subject} behind a later one",
                event.number
            ));
        }
    }
}

/// What has an order is in one group: of a sender on the staging queue, of a subject at a target.
fn one_group(evidence: &Evidence<'_>, problems: &mut Vec<String>) {
    let mut groups: BTreeMap<(bool, &str), &str> = BTreeMap::new();
    for sent in evidence.sent {
        if let Some(staged) = evidence.record.staged.get(&sent.number) {
            let group = groups
                .entry((sent.is_pulled, &sent.sender))
                .or_insert(&staged.group);
            if *group != staged.group {
                problems.push(format!(
                    "order: message {} is in another group than its sender",
                    sent.number
                ));
            }
        }
    }
    for (target, events) in &evidence.record.events {
        let mut groups: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
        for event in events {
            let key = (event.source.as_str(), event.subject.as_deref());
            if *groups.entry(key).or_insert(&event.group) != event.group {
                problems.push(format!(
                    "order: {target} has events of {:?} in two groups",
                    event.subject
                ));
            }
        }
    }
}

/// A broker's records of one device are staged in their order.
fn pulled_in_order(evidence: &Evidence<'_>, problems: &mut Vec<String>) {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for sent in evidence.sent.iter().filter(|sent| sent.is_pulled) {
        let Some(staged) = evidence.record.staged.get(&sent.number) else {
            continue;
        };
        if let Some(before) = last.insert(&sent.sender, &staged.sequence)
            && before > staged.sequence.as_str()
        {
            problems.push(format!(
                "order: message {} was pulled and staged behind a later one",
                sent.number
            ));
        }
        if evidence.truncated.contains(&sent.number) {
            last.remove(sent.sender.as_str());
        }
    }
}

/// The counters say what happened, as far as invocations came to an end.
fn balance(evidence: &Evidence<'_>, problems: &mut Vec<String>) {
    let rows = evidence.counters.counted();
    let count = |name: &str| {
        rows.iter()
            .filter(|(row, _)| row.name == name)
            .map(|(_, count)| count)
            .sum::<u64>()
    };
    let ends = evidence.record.invocations;
    let staged_by_pulls: u64 = rows
        .iter()
        .filter(|(row, _)| {
            row.name == "accepted" && row.source.as_deref() == Some(crate::documents::PULLED)
        })
        .map(|(_, count)| count)
        .sum();
    let mut between = |name: &str, found: u64, least: u64, most: u64| {
        if !(least..=most).contains(&found) {
            problems.push(format!(
                "balance: {name} is {found}, and not {least} to {most}"
            ));
        }
    };
    let cut = ends.begun - ends.accepted - ends.unavailable - ends.rejected;
    between(
        "accepted",
        count("accepted") - staged_by_pulls,
        ends.accepted,
        ends.accepted + cut,
    );
    between(
        "unavailable",
        count("unavailable"),
        0,
        ends.unavailable + cut,
    );
    let outcomes = count("accepted") + count("rejected") + count("unavailable");
    between("received", count("received"), outcomes, outcomes + cut);
    let done = count("forwarded") + count("quarantined");
    between(
        "forwarded + quarantined + handed back",
        done + count("handed_back"),
        ends.worked,
        ends.handed_out,
    );
    let fates = done + evidence.record.dead.len() as u64 + evidence.duplicates;
    if evidence.is_calm {
        let accepted = count("accepted");
        // What an invocation forwards before a record ends it is forwarded again.
        between(
            "duplicates + forwarded + quarantined + dead",
            fates,
            accepted,
            accepted + ends.handed_out - ends.worked,
        );
    }
}
