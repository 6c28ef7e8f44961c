//! Checks that the examples in `docs/events.md` are what the code makes of `fixtures/examples`.
//!
//! With `UPDATE_EXPECT=1` the test writes the examples again.

use crate::message::outcome;
use crate::schema::checked;
use crate::tuya;
use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::Path};
use thingrelay_core::{
    event::EventType, normalize::OutgoingEvent, source::Decoding, test_event::test_event,
    timestamp::Timestamp,
};

/// An example begins with its marker: the name of its fixture and, for a message of Tuya's, the
/// protocol.
const BEGIN: &str = "<!-- example: ";
const END: &str = "<!-- end of example -->";

#[test]
fn the_examples_are_real() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = package.join("../../docs/events.md");
    let document = fs::read_to_string(&path).unwrap();
    let mut rendered = String::new();
    let mut shown = BTreeSet::new();
    let mut types = BTreeSet::new();
    let mut rest = document.as_str();
    let mut section = "";
    while let Some((before, from)) = rest.split_once(BEGIN) {
        let (marker, after) = from.split_once(" -->").unwrap();
        let (_, after) = after
            .split_once(END)
            .unwrap_or_else(|| panic!("{marker} has no end"));
        if let Some((_, from)) = before.rsplit_once("\n## `") {
            (section, _) = from.split_once('`').unwrap();
        }
        let (name, protocol) = match marker.split_once(", protocol ") {
            Some((name, protocol)) => (name, Some(protocol)),
            None => (marker, None),
        };
        let path = package.join(format!("tests/fixtures/examples/{name}.json"));
        let message = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let example = example(section, protocol, &message);
        write!(rendered, "{before}{BEGIN}{marker} -->\n{example}{END}").unwrap();
        assert!(shown.insert(name), "{name} is shown twice");
        types.insert(section);
        rest = after;
    }
    rendered.push_str(rest);
    for kind in EventType::ALL {
        assert!(
            types.contains(name(*kind)),
            "no example of {}",
            kind.as_str()
        );
    }
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &rendered).unwrap();
    } else {
        assert_eq!(
            document, rendered,
            "run again with UPDATE_EXPECT=1, and look at the change"
        );
    }
}

#[test]
fn the_example_of_a_test_event_is_real() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(package.join("../../docs/events.md")).unwrap();
    let time = Timestamp::from_unix_millis(1_795_233_600_250);
    let example = laid_out(&test_event("events", b"1", time).json);
    assert!(document.contains(&example), "{example}");
}

fn name(kind: EventType) -> &'static str {
    kind.as_str()
        .strip_prefix("io.thingrelay.")
        .unwrap()
        .strip_suffix(".v1")
        .unwrap()
}

fn example(expected: &str, protocol: Option<&str>, message: &str) -> String {
    // The fixture has line breaks for people; the platform sends the message without white space.
    let body: String = tokens(message).concat();
    let (from, events) = match protocol {
        None => ("From".to_owned(), pushed(&body)),
        Some(protocol) => (
            format!("From Tuya's message of protocol {protocol}, decrypted,"),
            pulled(&body, protocol),
        ),
    };
    let [event] = events.as_slice() else {
        panic!("{expected}: {} events", events.len())
    };
    checked(event);
    assert_eq!(name(event.kind), expected, "{message}");
    format!(
        "{from}\n\n```json\n{}\n```\n\ncomes\n\n```json\n{}\n```\n\n",
        message.trim_end(),
        laid_out(&event.json)
    )
}

fn pushed(body: &str) -> Vec<OutgoingEvent> {
    outcome(body.as_bytes(), Decoding::default()).unwrap()
}

fn pulled(plaintext: &str, protocol: &str) -> Vec<OutgoingEvent> {
    let mut delivery = tuya::message::delivery(Some(protocol.parse().unwrap()));
    let channel = if plaintext.contains("HighPriorityNotice") {
        "notice"
    } else {
        "event-partition-3"
    };
    delivery.topic = format!("persistent://qx7access/out/{channel}").into();
    tuya::message::outcome(plaintext.as_bytes(), &delivery).unwrap()
}

/// The same JSON with line breaks for people. The members keep their order, and the numbers their
/// digits. Short values stay on one line.
fn laid_out(json: &str) -> String {
    const WIDTH: usize = 96;
    let tokens = tokens(json);
    let mut out = String::new();
    let mut indent = String::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let column = out.len() - out.rfind('\n').map_or(0, |line| line + 1);
        match *token {
            "{" | "[" => {
                let length = container(&tokens[at..]);
                let line = on_one_line(&tokens[at..at + length]);
                if column + line.len() <= WIDTH {
                    out.push_str(&line);
                    at += length - 1;
                } else {
                    indent.push_str("  ");
                    out.push_str(&format!("{token}\n{indent}"));
                }
            }
            "}" | "]" => {
                indent.truncate(indent.len() - 2);
                out.push_str(&format!("\n{indent}{token}"));
            }
            "," => out.push_str(&format!(",\n{indent}")),
            ":" => out.push_str(": "),
            token => out.push_str(token),
        }
        at += 1;
    }
    out
}

fn on_one_line(tokens: &[&str]) -> String {
    let spaced = |token: &&str| match *token {
        "," => ", ".to_owned(),
        ":" => ": ".to_owned(),
        token => token.to_owned(),
    };
    tokens.iter().map(spaced).collect()
}

/// The number of tokens of the list or object at the start of the tokens.
fn container(tokens: &[&str]) -> usize {
    let mut depth = 0;
    let ends = |token: &&str| {
        match *token {
            "{" | "[" => depth += 1,
            "}" | "]" => depth -= 1,
            _ => {}
        }
        depth == 0
    };
    tokens.iter().position(ends).unwrap() + 1
}

/// Brackets, commas, colons, strings and the rest.
fn tokens(json: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = json.trim_start();
    while !rest.is_empty() {
        let end = match rest.as_bytes()[0] {
            b'"' => {
                let mut at = 1;
                while rest.as_bytes()[at] != b'"' {
                    at += if rest.as_bytes()[at] == b'\\' { 2 } else { 1 };
                }
                at + 1
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => rest
                .find(|c: char| ",}]".contains(c) || c.is_whitespace())
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}
