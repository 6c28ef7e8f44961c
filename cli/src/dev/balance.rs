//! Shows at the end of a run whether the counters add up.

use super::queues::STAGING;
use crate::ledger::Staging;
use sqs_server::Monitor;
use std::collections::BTreeMap;
use thingrelay::telemetry::counters::Row;

/// The queue depths at the start of a run, to compare the counters with at the end.
#[derive(Debug, Clone)]
pub(crate) struct Balance {
    monitor: Monitor,
    staged_before: u64,
}

impl Balance {
    /// Reads the queue depths before anything is sent or received.
    pub(crate) fn begin(monitor: Monitor) -> Balance {
        Balance {
            staged_before: depth(&monitor, STAGING),
            monitor,
        }
    }

    /// The number of accepted messages that are neither forwarded nor in quarantine.
    pub(crate) fn left(&self) -> u64 {
        depth(&self.monitor, STAGING)
    }

    /// What the staging queue has counted since the start of the run.
    pub(crate) fn staging(&self) -> Staging {
        Staging {
            sent: self.monitor.sent(STAGING).unwrap_or(0),
            duplicates: self.monitor.duplicates(STAGING).unwrap_or(0),
            dead: self.monitor.dead_lettered(STAGING).unwrap_or(0),
            expired: self.monitor.lost(STAGING).map_or(0, |lost| lost.expired),
            in_progress: self.left(),
        }
    }

    /// The fate of the messages that were received, of those that were accepted, and of the events of
    /// each target, a line each. There are no lines if nothing was counted here, for example if the functions run elsewhere.
    pub(crate) fn lines(&self, counts: &[(Row, u64)]) -> String {
        let total = |name: &str| {
            let rows = counts.iter().filter(|(row, _)| row.name == name);
            rows.map(|(_, count)| count).sum::<u64>()
        };
        let received = total("received");
        let staging = self.staging();
        let accepted = ("accepted", total("accepted"));
        let of_received = [
            ("rejected", total("rejected")),
            ("unavailable", total("unavailable")),
            accepted,
        ];
        let mut of_accepted = vec![
            ("duplicates", staging.duplicates),
            ("forwarded", total("forwarded")),
            ("quarantined", total("quarantined")),
            ("dead", staging.dead),
            ("under way", staging.in_progress),
        ];
        if staging.expired > 0 {
            of_accepted.push(("expired", staging.expired));
        }
        let mut before = vec![accepted];
        let again = staging.sent.saturating_sub(accepted.1);
        if again > 0 {
            before.push(("staged again", again));
        }
        if self.staged_before > 0 {
            before.push(("left of the last run", self.staged_before));
        }
        if counts.is_empty() || received + before.iter().map(|(_, count)| count).sum::<u64>() == 0 {
            return String::new();
        }
        let mut lines = equation("balance", &[("received", received)], &of_received);
        lines += &equation("balance", &before, &of_accepted);
        for (target, events) in targets(counts) {
            let of = |name: &'static str| (name, events.get(name).copied().unwrap_or(0));
            let parts = [of("delivered"), of("refused"), of("postponed")];
            let title = format!("balance of target {target}:");
            lines += &equation(&title, &[of("matched")], &parts);
        }
        lines
    }
}

/// What is counted by target.
fn targets(counts: &[(Row, u64)]) -> BTreeMap<&str, BTreeMap<&str, u64>> {
    let mut targets: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for (row, count) in counts {
        if let Some(target) = &row.target {
            let events = targets.entry(target).or_default();
            events.insert(&row.name, *count);
        }
    }
    targets
}

fn equation(title: &str, whole: &[(&str, u64)], parts: &[(&str, u64)]) -> String {
    let text = |terms: &[(&str, u64)]| {
        let terms = terms.iter().map(|(name, count)| format!("{name} {count}"));
        terms.collect::<Vec<_>>().join(" + ")
    };
    let sum = |terms: &[(&str, u64)]| terms.iter().map(|(_, count)| count).sum::<u64>();
    let difference = match sum(parts).abs_diff(sum(whole)) {
        0 => String::new(),
        by => format!(" (differs by {by})"),
    };
    format!("{title} {} = {}{difference}\n", text(whole), text(parts))
}

/// The number of messages on a queue; 0 if there is no such queue.
fn depth(monitor: &Monitor, queue: &str) -> u64 {
    let depth = monitor.depth(queue);
    let held = depth.map_or(0, |depth| depth.visible + depth.in_flight + depth.delayed);
    u64::try_from(held).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equation_that_does_not_hold_says_so() {
        let cases = [
            ((3, 1, 2), "balance a 3 = b 1 + c 2\n"),
            ((4, 1, 2), "balance a 4 = b 1 + c 2 (differs by 1)\n"),
            ((1, 1, 2), "balance a 1 = b 1 + c 2 (differs by 2)\n"),
        ];
        for ((a, b, c), expected) in cases {
            let sum = equation("balance", &[("a", a)], &[("b", b), ("c", c)]);
            assert_eq!(sum, expected);
        }
    }
}
