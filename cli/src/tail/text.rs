//! A line for a person or for a program.

use super::{
    depths::Change,
    line::{Level, Line},
    logs::Entry,
};
use crate::{
    dev::{
        line::{columns, printable, short_type},
        printer::Style,
    },
    output::{colour::Colour, log::time_of_day},
};
use serde_json::{Value, json};
use thingrelay::clock::Clock;
use thingrelay_core::timestamp::Timestamp;

/// SGR codes.
const DIM: &str = "2";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "31";

/// The members of a line that come first, and those that come last.
const FIRST: [&str; 4] = ["source", "to", "id", "reason"];
const LAST: [&str; 2] = ["detail", "error"];

/// The form of what is printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) style: Style,
    /// Whether lines name their stack, as there are several.
    pub(super) names_stack: bool,
}

impl Form {
    /// A line of a function, with a line feed.
    pub(super) fn entry(self, entry: &Entry) -> String {
        match self.style {
            Style::Json => {
                let at = Timestamp::from_unix_millis(entry.at);
                let json = json!({"kind": "line", "at": at, "stack": entry.stack,
                    "function": entry.function, "line": entry.line.whole});
                format!("{json}\n")
            }
            Style::Readable(colour) => format!("{}\n", self.readable(entry, colour)),
        }
    }

    /// A change of a queue, with a line feed.
    pub(super) fn change(self, change: &Change) -> String {
        let colour = match self.style {
            Style::Json => {
                let at = Timestamp::from_unix_millis(change.at);
                let json = json!({"kind": "queue", "at": at, "stack": change.stack,
                    "queue": change.queue, "depth": change.depth});
                return format!("{json}\n");
            }
            Style::Readable(colour) => colour,
        };
        let total = change.depth.map_or(0, |depth| depth.total());
        let code = match (change.holds_failures && total > 0, change.depth) {
            (true, _) | (_, None) => RED,
            _ => DIM,
        };
        let content = match change.depth {
            Some(depth) => format!(
                "{} waiting, {} in flight, {} delayed",
                depth.waiting, depth.in_flight, depth.delayed
            ),
            None => "does not exist any more".to_owned(),
        };
        let line = columns(
            &time(change.at),
            (code, &change.queue),
            &change.stack,
            &content,
            colour,
        );
        format!("{line}\n")
    }

    fn readable(self, entry: &Entry, colour: Colour) -> String {
        let line = &entry.line;
        let mut place = vec![("function", entry.function.as_str())];
        if self.names_stack {
            place.push(("stack", &entry.stack));
        }
        if line.level > Level::Debug {
            return logged(entry, &place, colour);
        }
        // As `dev` prints an event that was forwarded, or sent to a webhook.
        let (kind, subject, told): (String, &str, &[&str]) = match line.field("to") {
            Some(to) => (
                format!("-> {to}"),
                line.field("id").unwrap_or_default(),
                &["to", "id"],
            ),
            None => match line.field("type") {
                Some(kind) => (
                    short_type(kind).to_owned(),
                    line.field("subject")
                        .or(line.field("source"))
                        .unwrap_or_default(),
                    &["type", "subject"],
                ),
                None => (
                    line.message.clone(),
                    line.field("source").unwrap_or_default(),
                    &["source"],
                ),
            },
        };
        let mut content = fields(line, told, &place);
        if kind != line.message {
            content = format!("{} {content}", line.message);
        }
        let code = match line.message.as_str() {
            "no target takes these events" | "the event waits" => YELLOW,
            _ => GREEN,
        };
        columns(&time(entry.at), (code, &kind), subject, &content, colour)
    }
}

/// As `dev` logs a refusal or an error.
fn logged(entry: &Entry, place: &[(&str, &str)], colour: Colour) -> String {
    let (code, level) = match entry.line.level {
        Level::Error => (RED, "ERROR"),
        Level::Warn => (YELLOW, " WARN"),
        Level::Info | Level::Debug => (GREEN, " INFO"),
    };
    format!(
        "{} {} {} {}",
        colour.paint(DIM, &time(entry.at)),
        colour.paint(code, level),
        printable(&entry.line.message),
        printable(&fields(&entry.line, &[], place)),
    )
}

/// The members of a line, without those that were told, and where it was written.
fn fields(line: &Line, told: &[&str], place: &[(&str, &str)]) -> String {
    let own = line
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value));
    let mut own: Vec<_> = own.filter(|(name, _)| !told.contains(name)).collect();
    own.sort_by_key(|(name, _)| {
        let first = FIRST.iter().position(|first| first == name);
        (first.unwrap_or(FIRST.len()), LAST.contains(name))
    });
    let own = own
        .into_iter()
        .map(|(name, value)| format!("{name}={}", plain(value)));
    let place = place.iter().map(|(name, value)| format!("{name}={value}"));
    own.chain(place).collect::<Vec<_>>().join(" ")
}

/// A value, in quotes if it is a text of several words.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => text.clone(),
        value => value.to_string(),
    }
}

fn time(at: i64) -> String {
    time_of_day(&Clock::from_fn(move || Timestamp::from_unix_millis(at)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

    use super::*;
    use crate::stack::queue::Depth;

    const AT: i64 = 1_763_702_404_250;

    fn form(style: Style, names_stack: bool) -> Form {
        Form { style, names_stack }
    }

    fn entry(line: &str) -> Entry {
        Entry {
            at: AT,
            stack: "relay".to_owned(),
            function: "push".to_owned(),
            line: Line::read(line).unwrap(),
        }
    }

    #[test]
    fn a_line_reads_as_in_dev() {
        let cases = [
            (
                r#"{"level":"WARN","message":"message rejected","source":"meters","reason":"stale","detail":"the timestamp is 301 s in the past by this clock"}"#,
                r#"05:20:04Z  WARN message rejected source=meters reason=stale detail="the timestamp is 301 s in the past by this clock" function=push"#,
            ),
            (
                r#"{"level":"ERROR","message":"quarantined","source":"me\u001bters","id":"1","reason":"not_json"}"#,
                "05:20:04Z ERROR quarantined source=me\u{fffd}ters id=1 reason=not_json function=push",
            ),
            (
                r#"{"level":"DEBUG","message":"accepted","source":"meters","id":"342a"}"#,
                "05:20:04Z accepted          meters  id=342a function=push",
            ),
            (
                r#"{"level":"DEBUG","message":"forwarded","source":"meters","id":"342a","events":1,"type":"io.thingrelay.device.properties.v1","subject":"P1/meter\n7"}"#,
                "05:20:04Z device.properties P1/meter\u{fffd}7  forwarded source=meters id=342a events=1 function=push",
            ),
            (
                r#"{"level":"DEBUG","message":"forwarded","source":"meters","id":"342a","events":0}"#,
                "05:20:04Z forwarded         meters  id=342a events=0 function=push",
            ),
            (
                r#"{"level":"DEBUG","message":"attempted","to":"crm","id":"342a-0","status":204,"detail":"","verdict":"delivered","millis":7}"#,
                "05:20:04Z -> crm            342a-0  attempted millis=7 status=204 verdict=delivered detail=\"\" function=push",
            ),
            (
                "a \u{1b}[31m text",
                "05:20:04Z  INFO a \u{fffd}[31m text function=push",
            ),
        ];
        for (line, expected) in cases {
            let readable = form(Style::Readable(Colour::Off), false);
            assert_eq!(
                readable.entry(&entry(line)),
                format!("{expected}\n"),
                "{line}"
            );
        }
        let several = form(Style::Readable(Colour::Off), true);
        let line = several.entry(&entry(r#"{"level":"WARN","message":"m"}"#));
        assert_eq!(line, "05:20:04Z  WARN m function=push stack=relay\n");
    }

    #[test]
    fn json_has_the_line_as_it_was_written() {
        let line = r#"{"level":"WARN","message":"m","requestId":"r","source":"meters"}"#;
        let written = form(Style::Json, false).entry(&entry(line));
        let read: Value = serde_json::from_str(&written).unwrap();
        let expected = json!({"kind": "line", "at": "2025-11-21T05:20:04.250Z", "stack": "relay",
            "function": "push", "line": serde_json::from_str::<Value>(line).unwrap()});
        assert_eq!(read, expected);
        assert!(written.ends_with("}\n"));
    }

    #[test]
    fn a_queue_is_told_with_what_it_holds() {
        let depth = Some(Depth {
            waiting: 2,
            in_flight: 1,
            delayed: 0,
        });
        let change = |depth| Change {
            at: AT,
            stack: "relay".to_owned(),
            queue: "quarantine".to_owned(),
            holds_failures: true,
            depth,
        };
        let readable = form(Style::Readable(Colour::Off), false);
        assert_eq!(
            readable.change(&change(depth)),
            "05:20:04Z quarantine        relay  2 waiting, 1 in flight, 0 delayed\n"
        );
        assert_eq!(
            readable.change(&change(None)),
            "05:20:04Z quarantine        relay  does not exist any more\n"
        );
        let written = form(Style::Json, false).change(&change(depth));
        let read: Value = serde_json::from_str(&written).unwrap();
        let expected = json!({"kind": "queue", "at": "2025-11-21T05:20:04.250Z", "stack": "relay",
            "queue": "quarantine", "depth": {"waiting": 2, "in_flight": 1, "delayed": 0}});
        assert_eq!(read, expected);
    }
}
