//! A line of a function's log, and whether it is shown.

use serde_json::{Map, Value};

/// The lines of normal work that are shown. With `-v`, all are.
const SHOWN: [&str; 8] = [
    "URL checked",
    "accepted",
    "attempted",
    "connected",
    "forwarded",
    "no target takes these events",
    "staged again, and done",
    "the event waits",
];
/// The members that every line has.
const EVERYWHERE: [&str; 5] = ["timestamp", "level", "message", "requestId", "target"];

/// How important a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// A line of a function's log.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) message: String,
    /// The members of this line alone.
    pub(super) fields: Map<String, Value>,
    /// The line as it was written: an object, or a text.
    pub(super) whole: Value,
}

/// Which lines are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// The source, if only its lines are shown, and problems that are not of one source.
    pub(super) source: Option<String>,
    /// All lines of normal work.
    pub(super) steps: bool,
}

impl Line {
    /// Reads a line. Lines with metrics, and Lambda's own lines about invocations without problems,
    /// tell nothing.
    pub(super) fn read(text: &str) -> Option<Line> {
        let text = text.trim_end();
        let Ok(whole @ Value::Object(_)) = serde_json::from_str::<Value>(text) else {
            // Lambda's own lines in the text format.
            let words = [
                "START RequestId",
                "END RequestId",
                "REPORT RequestId",
                "INIT_START",
            ];
            let tells = !text.is_empty() && !words.iter().any(|word| text.starts_with(word));
            return tells.then(|| Line::text(text));
        };
        let Value::Object(members) = &whole else {
            return None;
        };
        if members.contains_key("_aws") {
            return None;
        }
        let member = |name: &str| members.get(name).and_then(Value::as_str);
        if let Some(kind) = member("type")
            && kind.starts_with("platform.")
        {
            return failed_invocation(kind, members, &whole);
        }
        let (Some(level), Some(message)) = (member("level"), member("message")) else {
            return Some(Line::text(text));
        };
        let mut fields = members.clone();
        fields.retain(|name, _| !EVERYWHERE.contains(&name.as_str()));
        Some(Line {
            level: match level {
                "TRACE" | "DEBUG" => Level::Debug,
                "INFO" => Level::Info,
                "WARN" => Level::Warn,
                _ => Level::Error,
            },
            message: message.to_owned(),
            fields,
            whole,
        })
    }

    /// A line that is not one of thingrelay's own.
    fn text(text: &str) -> Line {
        Line {
            level: Level::Info,
            message: text.to_owned(),
            fields: Map::new(),
            whole: Value::String(text.to_owned()),
        }
    }

    /// A member that is a text.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }
}

/// An invocation that ended with an error or was ended.
fn failed_invocation(kind: &str, members: &Map<String, Value>, whole: &Value) -> Option<Line> {
    let record = members.get("record")?;
    let status = record.get("status")?.as_str()?;
    if kind != "platform.report" || status == "success" {
        return None;
    }
    let names = ["status", "errorType", "requestId"];
    let fields = names.iter().filter_map(|name| {
        let value = record.get(name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    Some(Line {
        level: Level::Error,
        message: "the invocation failed".to_owned(),
        fields: fields.collect(),
        whole: whole.clone(),
    })
}

impl Shown {
    /// Whether the line is shown.
    pub(super) fn shows(&self, line: &Line) -> bool {
        let is_told = line.level > Level::Debug || self.steps;
        let is_told = is_told || SHOWN.contains(&line.message.as_str());
        let is_meant = match (&self.source, line.field("source")) {
            (None, _) => true,
            (Some(source), Some(of)) => source == of,
            (Some(_), None) => line.level >= Level::Warn,
        };
        is_told && is_meant
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

    use super::*;

    #[test]
    fn what_tells_nothing_is_not_a_line() {
        let cases = [
            (r#"{"_aws":{"Timestamp":1},"Accepted":3}"#, None),
            (
                r#"{"time":"t","type":"platform.report","record":{"status":"success"}}"#,
                None,
            ),
            (
                r#"{"time":"t","type":"platform.start","record":{"requestId":"r"}}"#,
                None,
            ),
            ("START RequestId: r Version: $LATEST\n", None),
            ("\n", None),
            (
                r#"{"time":"t","type":"platform.report","record":{"requestId":"r","status":"timeout","metrics":{}}}"#,
                Some((Level::Error, "the invocation failed", 2)),
            ),
            (
                "{\"timestamp\":\"t\",\"level\":\"WARN\",\"message\":\"message rejected\",\"requestId\":\"r\",\"target\":\"thingrelay::internal_event\",\"source\":\"meters\",\"reason\":\"stale\"}\n",
                Some((Level::Warn, "message rejected", 2)),
            ),
            (
                r#"{"level":"DEBUG","message":"received"}"#,
                Some((Level::Debug, "received", 0)),
            ),
            (
                r#"{"level":"FATAL","message":"m"}"#,
                Some((Level::Error, "m", 0)),
            ),
            ("out of memory", Some((Level::Info, "out of memory", 0))),
            ("[1]", Some((Level::Info, "[1]", 0))),
            ("{\"a\":1}", Some((Level::Info, "{\"a\":1}", 0))),
        ];
        for (text, expected) in cases {
            let line = Line::read(text);
            let found = line.as_ref();
            let found = found.map(|it| (it.level, it.message.as_str(), it.fields.len()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn lines_of_normal_work_are_shown_if_they_tell_of_a_message() {
        let all = Shown {
            source: None,
            steps: false,
        };
        let steps = Shown {
            steps: true,
            ..all.clone()
        };
        let meters = Shown {
            source: Some("meters".to_owned()),
            ..all.clone()
        };
        let cases = [
            (
                r#"{"level":"WARN","message":"m","source":"meters"}"#,
                [true, true, true],
            ),
            (
                r#"{"level":"WARN","message":"m","source":"doors"}"#,
                [true, true, false],
            ),
            (r#"{"level":"WARN","message":"m"}"#, [true, true, true]),
            (
                r#"{"level":"DEBUG","message":"accepted","source":"meters"}"#,
                [true, true, true],
            ),
            (
                r#"{"level":"DEBUG","message":"accepted","source":"doors"}"#,
                [true, true, false],
            ),
            (
                r#"{"level":"DEBUG","message":"received","source":"meters"}"#,
                [false, true, false],
            ),
            (
                r#"{"level":"DEBUG","message":"attempted","to":"crm"}"#,
                [true, true, false],
            ),
            ("a text", [true, true, false]),
        ];
        for (text, expected) in cases {
            let line = Line::read(text).unwrap();
            let found = [&all, &steps, &meters].map(|shown| shown.shows(&line));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_functions_write_what_is_shown() {
        let code = [
            include_str!("../../../shared/runtime/src/internal_event.rs"),
            include_str!("../../../shared/runtime/src/internal_event/webhook.rs"),
        ]
        .concat();
        for message in SHOWN {
            assert!(
                code.contains(&format!("\"{message}\")"))
                    || code.contains(&format!("\"{message}\"\n")),
                "{message}"
            );
        }
    }
}
