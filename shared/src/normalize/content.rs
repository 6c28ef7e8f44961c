//! The payload as events show it.

use crate::{
    event::data::Content,
    json::{Json, portable, redact},
    tencent::Payload,
};

/// What a payload is, looked at; JSON even where common parsers refuse it.
pub(super) fn look_at<'a>(payload: &'a Payload<'a>) -> Content<'a> {
    match payload {
        Payload::None => Content::None,
        Payload::Json(value) => Content::Json(*value),
        Payload::Text(text) => text_or_json(text),
        Payload::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok("") => Content::None,
            Ok(text) => text_or_json(text),
            Err(_) => Content::Bytes(bytes),
        },
    }
}

/// The text of the content without secrets, where it has to be another.
pub(super) fn redacted(content: Content<'_>, secrets: &[&str]) -> Option<String> {
    match content {
        Content::Json(value) if !secrets.is_empty() => Some(redact::without(value, secrets)),
        _ => None,
    }
}

/// The content as events show it. JSON that common parsers refuse is text, so that every event can
/// be read. Where there may be secrets, only what is JSON is shown: in other texts, and in a string
/// that holds a whole message, nobody can tell where they are.
pub(super) fn shown<'a>(
    content: Content<'a>,
    redacted: Option<&'a str>,
    secrets: &[&str],
) -> Content<'a> {
    let content = match redacted {
        Some(text) => text_or_json(text),
        None => content,
    };
    match content {
        Content::Json(value) if value.is_string() && !secrets.is_empty() => Content::Withheld,
        Content::Json(value) if !portable::is_portable(value) => Content::Text(value.as_str()),
        Content::Text(_) | Content::Bytes(_) if !secrets.is_empty() => Content::Withheld,
        content => content,
    }
}

fn text_or_json(text: &str) -> Content<'_> {
    Json::parse(text).map_or(Content::Text(text), Content::Json)
}
