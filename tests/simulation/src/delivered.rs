//! What must become of the events of a webhook, and whether it did.

use std::collections::{BTreeMap, BTreeSet};

use thingrelay::telemetry::Counters;

use crate::record::{Event, Record, Taken};
use crate::target::Target;

/// What is wrong with a webhook.
pub(crate) fn judge(
    record: &Record,
    target: &Target,
    counters: &Counters,
    problems: &mut Vec<String>,
) {
    let queue = target.queue();
    let events = record.events.get(&queue).map_or(&[][..], Vec::as_slice);
    let taken = record.taken.get(&queue).map_or(&[][..], Vec::as_slice);
    let given_up = record.given_up.get(&queue).map_or(&[][..], Vec::as_slice);
    // The first of a copy counts.
    let mut by_id: BTreeMap<&str, &Event> = BTreeMap::new();
    for event in events {
        by_id.entry(&event.id).or_insert(event);
    }
    let sent: BTreeSet<(&str, &str)> = events
        .iter()
        .map(|event| (event.id.as_str(), event.body.as_str()))
        .collect();
    for Taken { id, body } in taken {
        if !sent.contains(&(id.as_str(), body.as_str())) {
            problems.push(format!(
                "webhook: the receiver has {id} as nobody has sent it"
            ));
        }
    }
    let is_taken: BTreeSet<&str> = taken.iter().map(|taken| taken.id.as_str()).collect();
    let mut is_given_up = BTreeSet::new();
    for (id, reason) in given_up {
        is_given_up.insert(id.as_str());
        let is_right = match reason.as_str() {
            "gave_up" => true,
            "refused" => record.refusals.contains(&(queue.clone(), id.clone())),
            _ => false,
        };
        if !is_right {
            problems.push(format!("webhook: {id} is a dead letter for {reason:?}"));
        }
    }
    for id in by_id.keys() {
        if !is_taken.contains(id) && !is_given_up.contains(id) {
            problems.push(format!(
                "lost: the receiver has not taken {id}, and it is not a dead letter"
            ));
        }
    }
    in_order(&by_id, taken, &is_given_up, problems);
    balance(record, taken.len() as u64, counters, problems);
}

/// What is taken of a device is taken in the order of the queue. An event that was given up may have
/// been on its way still.
fn in_order(
    by_id: &BTreeMap<&str, &Event>,
    taken: &[Taken],
    is_given_up: &BTreeSet<&str>,
    problems: &mut Vec<String>,
) {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let first = taken.iter().map(|taken| taken.id.as_str());
    for id in first.filter(|id| seen.insert(*id) && !is_given_up.contains(id)) {
        let Some(event) = by_id.get(id) else {
            continue;
        };
        if let Some(before) = last.insert(&event.group, &event.sequence)
            && before > event.sequence.as_str()
        {
            problems.push(format!(
                "order: the receiver has taken {id} behind a later one"
            ));
        }
    }
}

/// The counters say what happened, as far as invocations came to an end.
fn balance(record: &Record, taken: u64, counters: &Counters, problems: &mut Vec<String>) {
    let rows = counters.counted();
    let count = |name: &str| {
        let rows = rows.iter().filter(|(row, _)| row.name == name);
        rows.map(|(_, count)| count).sum::<u64>()
    };
    let ends = record.webhook;
    let cut = ends.handed_out - ends.worked;
    let (received, delivered) = (count("webhook_received"), count("webhook_delivered"));
    let done = delivered + count("webhook_given_up");
    let mut between = |name: &str, found: u64, least: u64, most: u64| {
        if !(least..=most).contains(&found) {
            problems.push(format!(
                "balance: {name} is {found}, and not {least} to {most}"
            ));
        }
    };
    between("webhook_received", received, ends.worked, ends.handed_out);
    let sum = done + count("webhook_waiting");
    between("delivered + given up + waiting", sum, received, received);
    between("delivered + given up", done, ends.done, ends.done + cut);
    between("webhook_delivered", delivered, 0, taken);
}
