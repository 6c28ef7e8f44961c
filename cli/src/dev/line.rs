//! Formats an event as a line for a person.

use crate::output::colour::Colour;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap};

/// The most characters of the content of an event.
const MAX_DETAIL: usize = 160;
/// The start of each event type.
const PREFIX: &str = "io.thingrelay.";
/// The end of each event type.
const SUFFIX: &str = ".v1";

/// The parts of an event that are read.
#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    subject: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    data: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

/// An item of `properties`.
#[derive(Deserialize)]
struct Property<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// The line of an event that is forwarded at this time of day: time, type, subject, content.
pub(crate) fn line(time: &str, event: &str, colour: Colour) -> String {
    let Ok(shown) = serde_json::from_str::<Shown<'_>>(event) else {
        // The event is not readable, and it was forwarded all the same.
        return format!("{time} {}", printable(event));
    };
    let kind = short_type(&shown.r#type);
    let subject = shown.subject.as_ref().unwrap_or(&shown.source);
    let content = content(&shown.data);
    columns(time, ("32", kind), subject, &shortened(&content), colour)
}

/// The type of an event without what all types have.
pub(crate) fn short_type(kind: &str) -> &str {
    let kind = kind.strip_prefix(PREFIX).unwrap_or(kind);
    kind.strip_suffix(SUFFIX).unwrap_or(kind)
}

/// The columns of a line: time, what it is and in which colour, about what, content.
pub(crate) fn columns(
    time: &str,
    (code, kind): (&str, &str),
    subject: &str,
    content: &str,
    colour: Colour,
) -> String {
    format!(
        "{} {} {}  {}",
        colour.paint("2", time),
        colour.paint(code, &format!("{:<17}", printable(kind))),
        colour.paint("1", &printable(subject)),
        printable(content),
    )
}

/// The typed part, or the payload of a message without a typed part.
fn content(data: &BTreeMap<Cow<'_, str>, &RawValue>) -> String {
    let properties = data
        .get("properties")
        .and_then(|list| serde_json::from_str::<Vec<Property<'_>>>(list.get()).ok());
    if let Some(properties) = properties {
        let items = properties
            .iter()
            .map(|property| format!("{}={}", property.code, property.value.get()));
        return items.collect::<Vec<_>>().join(" ");
    }
    let about = ["device", "origin", "message"];
    let (payload, part): (Vec<_>, Vec<_>) = data
        .iter()
        .filter(|(name, _)| !about.contains(&name.as_ref()))
        .partition(|(name, _)| name.starts_with("payload"));
    let chosen = if part.is_empty() { payload } else { part };
    let texts = chosen.iter().map(|(_, value)| value.get());
    texts.collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// Devices choose their own names: text from a device must not control a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if steers(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// Whether this is a control character or a character that changes the direction of text.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_says_time_type_subject_and_content() {
        let cases = [
            (
                r#"{"type":"io.thingrelay.device.properties.v1","source":"/x/hub","subject":"P/d","data":{"device":{},"origin":{},"properties":[{"code":"power","value":9007199254740993},{"code":"on","value":true}],"payload":{}}}"#,
                "05:20:04Z device.properties P/d  power=9007199254740993 on=true",
            ),
            (
                r#"{"type":"io.thingrelay.device.event.v1","source":"/x/hub","subject":"P/d","data":{"event":{"code":"smoke"},"payload":{"method":"event_post"}}}"#,
                r#"05:20:04Z device.event      P/d  {"code":"smoke"}"#,
            ),
            (
                r#"{"type":"io.thingrelay.message.v1","source":"/x/hub","data":{"message":{"format":"json"},"payload":17}}"#,
                "05:20:04Z message           /x/hub  17",
            ),
            (
                r#"{"type":"io.thingrelay.device.online.v1","source":"/x/hub","subject":"P/\u001b[31md\n","data":{"online":{}}}"#,
                "05:20:04Z device.online     P/\u{fffd}[31md\u{fffd}  {}",
            ),
            ("no event", "05:20:04Z no event"),
        ];
        for (event, expected) in cases {
            assert_eq!(line("05:20:04Z", event, Colour::Off), expected);
        }
    }

    #[test]
    fn a_long_content_is_cut_between_characters() {
        let event = format!(
            r#"{{"type":"t","source":"s","data":{{"payload":"{}"}}}}"#,
            "é".repeat(500)
        );
        let line = line("t", &event, Colour::Off);
        assert!(line.ends_with("é…"), "{line}");
        assert!(line.chars().count() < 200, "{line}");
    }

    proptest! {
        #[test]
        fn whatever_an_event_says_it_is_one_plain_line(
            subject in any::<String>(),
            payload in any::<String>(),
        ) {
            let event = serde_json::json!({
                "type": "t", "source": "s", "subject": subject, "data": {"payload": payload},
            });
            let line = line("t", &event.to_string(), Colour::Off);
            prop_assert!(!line.chars().any(steers), "{}", line);
        }
    }
}
