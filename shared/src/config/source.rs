//! What a source's table may say.

use super::{Problem, Problems, Reader, table::Table};
use crate::{
    signature::{Token, Verifier},
    source::{Channel, Decoding, PayloadFormat, Platform, SourceName},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// A source: one push URL, and what is known of what comes there.
#[derive(Debug, Clone)]
pub struct Source {
    /// The last part of its push URL.
    pub name: SourceName,
    /// Whose messages they are.
    pub platform: Platform,
    /// By which way they come.
    pub channel: Channel,
    /// How its requests are checked; `None` for a reader that does not check.
    pub authentication: Option<Authentication>,
    /// How the consumer reads its payloads.
    pub decoding: Decoding,
    /// After how many minutes without a message somebody should look, if the user has said so.
    pub silent_after_minutes: Option<u32>,
    tokens: Vec<Token>,
}

/// How the requests of an HTTP source are checked.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// By the platform's signature.
    Signed(Verifier),
    /// Not at all: the user has said `allow_unsigned = true`.
    Unsigned,
}

/// The widest freshness window, in seconds: a day.
const MAX_FRESHNESS_SECONDS: u64 = 86_400;
/// The longest silence that an alarm can be set on, in minutes: a day.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>,
/// `EvaluationPeriods`.
const MAX_SILENT_MINUTES: u64 = 1440;

pub(super) fn read(
    name: &SourceName,
    mut table: Table,
    reader: Reader,
    problems: &mut Problems,
) -> Option<Source> {
    let platform_place = table.place("platform");
    let missing_platform = !table.has("platform");
    let platform = table.take("platform", problems, |value| {
        value
            .as_str()
            .and_then(Platform::from_name)
            .ok_or_else(|| format!("is one of {}", platforms()))
    });
    if missing_platform {
        problems.push(Problem::new(
            platform_place,
            format!("is missing: one of {}", platforms()),
        ));
    }
    table.take("channel", problems, |value| match value.as_str() {
        Some("http") => Ok(()),
        _ => Err("is \"http\"".to_owned()),
    });
    let decoding = Decoding {
        payload: table
            .take("payload", problems, |value| match value.as_str() {
                Some("json") => Ok(PayloadFormat::Json),
                Some("base64") => Ok(PayloadFormat::Base64),
                _ => Err("is \"json\" or \"base64\"".to_owned()),
            })
            .unwrap_or(PayloadFormat::Json),
        utc_offset_seconds: table
            .take("utc_offset", problems, |value| {
                value
                    .as_str()
                    .and_then(parse_utc_offset)
                    .ok_or_else(|| "is an offset from UTC such as \"+08:00\", or \"Z\"".to_owned())
            })
            .unwrap_or(Decoding::default().utc_offset_seconds),
    };
    let silent_after_minutes = table.take("silent_after_minutes", problems, |value| {
        value
            .as_u64()
            .filter(|minutes| (1..=MAX_SILENT_MINUTES).contains(minutes))
            .and_then(|minutes| u32::try_from(minutes).ok())
            .ok_or_else(|| format!("is a number of minutes from 1 to {MAX_SILENT_MINUTES}"))
    });
    let (authentication, tokens) = match reader {
        Reader::Edge => read_authentication(&mut table, problems),
        Reader::Consumer => {
            for key in ["tokens", "allow_unsigned", "freshness_seconds"] {
                table.discard(key);
            }
            (None, Vec::new())
        }
    };
    table.finish(problems);
    Some(Source {
        name: name.clone(),
        platform: platform?,
        channel: Channel::Http,
        authentication,
        decoding,
        silent_after_minutes,
        tokens,
    })
}

fn read_authentication(
    table: &mut Table,
    problems: &mut Problems,
) -> (Option<Authentication>, Vec<Token>) {
    let place = table.place("tokens");
    let window_seconds = table
        .take("freshness_seconds", problems, |value| {
            value
                .as_u64()
                .filter(|seconds| *seconds <= MAX_FRESHNESS_SECONDS)
                .and_then(|seconds| u32::try_from(seconds).ok())
                .ok_or_else(|| {
                    format!("is a number of seconds from 0 (off) to {MAX_FRESHNESS_SECONDS}")
                })
        })
        .unwrap_or(Verifier::DEFAULT_WINDOW_SECONDS);
    let allow_unsigned = table.boolean("allow_unsigned", problems).unwrap_or(false);
    let given = table.has("tokens");
    let mut weak = Vec::new();
    let tokens = table.take("tokens", problems, |value| read_tokens(value, &mut weak));
    for (index, message) in weak {
        problems.push(Problem::new(format!("{place}[{index}]"), message));
    }
    let mut tokens = tokens.unwrap_or_default();
    match (tokens.as_slice(), allow_unsigned) {
        ([], true) => (Some(Authentication::Unsigned), tokens),
        ([], false) => {
            if !given {
                problems.push(Problem::new(
                    place,
                    "is missing: a source that anybody can push to is refused (allow_unsigned = true makes an exception)",
                ));
            }
            (None, tokens)
        }
        ([current, previous @ ..], _) => {
            if allow_unsigned {
                problems.push(Problem::new(
                    place,
                    "cannot stand together with allow_unsigned = true",
                ));
            }
            let verifier =
                Verifier::new(current.clone(), previous.first().cloned(), window_seconds);
            tokens.truncate(2);
            (Some(Authentication::Signed(verifier)), tokens)
        }
    }
}

fn read_tokens(value: &Value, weak: &mut Vec<(usize, String)>) -> Result<Vec<Token>, String> {
    const SHAPE: &str = "is a list of one or two strings: the current token and the previous one";
    let list = value.as_array().ok_or(SHAPE)?;
    if list.is_empty() || list.len() > 2 {
        return Err(SHAPE.to_owned());
    }
    let mut tokens: Vec<Token> = Vec::with_capacity(2);
    for (index, value) in list.iter().enumerate() {
        match Token::parse(value.as_str().ok_or(SHAPE)?) {
            Ok(token) if tokens.iter().any(|other| other.is_same(&token)) => {
                weak.push((index, "is the same as the current one".to_owned()));
            }
            Ok(token) => tokens.push(token),
            Err(reason) => weak.push((index, reason.to_string())),
        }
    }
    Ok(tokens)
}

/// Refuses tokens of any sources that begin or end with one another: a request signed with the one
/// could be cut anew into one signed with the other.
pub(super) fn check_overlaps(sources: &BTreeMap<SourceName, Source>, problems: &mut Problems) {
    let all: Vec<(&SourceName, usize, &Token)> = sources
        .values()
        .flat_map(|source| {
            source
                .tokens
                .iter()
                .enumerate()
                .map(|(index, token)| (&source.name, index, token))
        })
        .collect();
    for (position, (name, index, token)) in all.iter().enumerate() {
        for (other_name, other_index, other) in all.iter().skip(position + 1) {
            if token.overlaps(other) {
                problems.push(Problem::new(
                    format!("sources.{other_name}.tokens[{other_index}]"),
                    format!("is a prefix or suffix of sources.{name}.tokens[{index}], or the other way round"),
                ));
            }
        }
    }
}

fn platforms() -> String {
    Platform::ALL
        .map(|platform| format!("\"{platform}\""))
        .join(", ")
}

/// Seconds east of UTC of `+08:00`, `-03:30` or `Z`.
fn parse_utc_offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let number = |text: &str, most: i32| -> Option<i32> {
        let well_formed = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if well_formed {
            text.parse().ok().filter(|number| *number <= most)
        } else {
            None
        }
    };
    let seconds = number(hours, 14)? * 3600 + number(minutes, 59)? * 60;
    Some(sign * seconds)
}
