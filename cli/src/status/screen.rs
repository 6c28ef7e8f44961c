//! The report for a person.

use super::{
    alarms::{Alarms, Raised},
    report::{QueueReport, Report, StackReport},
};
use crate::output::{colour::Colour, printable::printable};
use thingrelay_core::timestamp::Timestamp;

/// SGR codes.
const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "31";

/// The report as text.
pub(super) fn text(report: &Report, now: Timestamp, colour: Colour) -> String {
    let mut text = String::new();
    for stack in &report.stacks {
        text += &head(stack, &report.region, now, colour);
        text += &queues(stack, colour);
        text += &alarms(&stack.alarms, now, colour);
        text.push('\n');
    }
    let problems = report.problems();
    if problems.is_empty() {
        text += &format!("{}\n", colour.paint(GREEN, "all is well"));
    }
    for problem in problems {
        text += &format!("{} {}\n", colour.paint(RED, "problem"), printable(&problem));
    }
    text
}

fn head(stack: &StackReport, region: &str, now: Timestamp, colour: Colour) -> String {
    let code = if stack.has_failed { RED } else { GREEN };
    let mut text = format!(
        "{}  {}  {region}",
        colour.paint(BOLD, &printable(&stack.name)),
        colour.paint(code, &printable(&stack.status)),
    );
    // The alarms on silent sources have no functions.
    if let Some(version) = &stack.version {
        text += &format!("  version {}", printable(version));
        let own = env!("CARGO_PKG_VERSION");
        if version != own {
            text += &colour.paint(YELLOW, &format!(" (this command is {own})"));
        }
    }
    if let Some(at) = stack.updated {
        text += &format!(
            "  updated {}, {} ago",
            second(at),
            span(seconds_since(at, now))
        );
    }
    text.push('\n');
    if let Some(reason) = &stack.status_reason {
        text += &format!("  {}\n", printable(reason));
    }
    text
}

fn queues(stack: &StackReport, colour: Colour) -> String {
    if stack.queues.is_empty() {
        return String::new();
    }
    let columns = format!(
        "  {:<14}{:>9}{:>11}{:>9}  oldest",
        "queue", "waiting", "in flight", "delayed"
    );
    let lines = stack
        .queues
        .iter()
        .map(|it| format!("{}\n", queue(it, colour)));
    format!(
        "{}\n{}",
        colour.paint(DIM, &columns),
        lines.collect::<String>()
    )
}

fn queue(queue: &QueueReport, colour: Colour) -> String {
    let name = format!("  {:<14}", printable(&queue.name));
    let Some(depth) = queue.depth else {
        return format!("{name}{}", colour.paint(RED, "does not exist"));
    };
    let oldest = queue
        .oldest_seconds
        .map_or_else(|| "unknown".to_owned(), span);
    let line = format!(
        "{name}{:>9}{:>11}{:>9}  {oldest}",
        depth.waiting, depth.in_flight, depth.delayed
    );
    match queue.holds_failures && depth.total() > 0 {
        true => colour.paint(RED, &line),
        false => line,
    }
}

fn alarms(alarms: &Alarms, now: Timestamp, colour: Colour) -> String {
    let mut text = format!(
        "  alarms: {} on, {} OK, {} without data",
        alarms.on.len(),
        alarms.ok,
        alarms.no_data
    );
    if alarms.silenced > 0 {
        let silenced = format!(", {} silenced", alarms.silenced);
        text += &colour.paint(YELLOW, &silenced);
    }
    text.push('\n');
    for alarm in &alarms.on {
        text += &raised(alarm, now, colour);
    }
    for id in &alarms.missing {
        text += &format!("  {} {}\n", colour.paint(RED, "missing"), printable(id));
    }
    text
}

fn raised(alarm: &Raised, now: Timestamp, colour: Colour) -> String {
    let mut text = format!(
        "  {} {}",
        colour.paint(RED, "ALARM"),
        colour.paint(BOLD, &printable(&alarm.id))
    );
    if let Some(since) = alarm.since {
        let age = span(seconds_since(since, now));
        text += &format!("  since {}, {age}", second(since));
    }
    let reason = printable(&alarm.reason).replace('\n', " ");
    text += &format!("\n        {reason}\n");
    if let Some(runbook) = &alarm.runbook {
        text += &format!("        {}\n", printable(runbook));
    }
    text
}

/// The time without its fraction of a second.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_unix_millis(at.unix_seconds() * 1000)
}

fn seconds_since(at: Timestamp, now: Timestamp) -> u64 {
    let millis = now.unix_millis() - at.unix_millis();
    u64::try_from(millis / 1000).unwrap_or(0)
}

/// A span of time in one unit, such as `4 min`.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::report::tests::{ill, report, well};

    #[test]
    fn a_screen_has_all_that_is_known() {
        let now = Timestamp::from_unix_millis(1_796_000_250_000);
        let own = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "\
relay  UPDATE_COMPLETE  eu-west-1  version {own}  updated 2026-11-30T00:53:20Z, 4 min ago
  queue           waiting  in flight  delayed  oldest
  staging               3          1        0  4 min
  quarantine            0          0        0  unknown
  alarms: 0 on, 2 OK, 1 without data

all is well
"
        );
        assert_eq!(text(&report(vec![well()]), now, Colour::Off), expected);
        let expected = format!(
            "\
relay  UPDATE_ROLLBACK_COMPLETE  eu-west-1  version 0.0.9 (this command is {own})  updated 2026-11-30T00:53:20Z, 4 min ago
  no right
  queue           waiting  in flight  delayed  oldest
  events        does not exist
  quarantine            1          1        0  2 h
  alarms: 1 on, 0 OK, 0 without data, 4 silenced
  ALARM QuarantineAlarm  since 2026-11-30T00:36:40Z, 20 min
        Threshold\\u{{1b}} Crossed: 1.0
        docs/runbook.md#quarantine
  missing SettingsAlarm

problem relay: the last change failed, the stack is UPDATE_ROLLBACK_COMPLETE
problem relay: the alarm QuarantineAlarm is on
problem relay: the alarm SettingsAlarm does not exist any more
problem relay: the queue events does not exist any more
problem relay: messages in quarantine: 2
"
        );
        let ill = report(vec![ill("Threshold\u{1b} Crossed:\n1.0")]);
        assert_eq!(text(&ill, now, Colour::Off), expected);
    }

    #[test]
    fn a_span_has_one_unit() {
        let cases = [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7199, "119 min"),
            (7200, "2 h"),
            (172_800, "2 days"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(span(seconds), expected);
        }
    }
}
