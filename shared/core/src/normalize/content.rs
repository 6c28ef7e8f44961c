//! The payload, as events show it.

use crate::{event::data::Content, json::Json, tencent::Payload};

/// Finds out what a payload is. The result is JSON even if common parsers refuse it.
pub(super) fn classify<'a>(payload: &'a Payload<'a>) -> Content<'a> {
    match payload {
        Payload::None => Content::None,
        Payload::Json(value) => Content::Json(*value),
        Payload::Text(text) => text_or_json(text),
        Payload::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok("") => Content::None,
            Ok(text) => text_or_json(text),
            Err(_) => Content::Bytes(bytes),
        },
        Payload::Raw(bytes) if bytes.is_empty() => Content::None,
        Payload::Raw(bytes) => Content::Bytes(bytes),
    }
}

/// A value as events show it, without its secrets. JSON that common parsers refuse is shown as
/// text, so that every event can be parsed.
pub(super) fn shown<'a>(value: Json<'a>, redacted: Option<&'a str>) -> Content<'a> {
    let value = redacted.and_then(Json::parse).unwrap_or(value);
    if value.is_interoperable() {
        Content::Json(value)
    } else {
        Content::Text(value.as_str())
    }
}

fn text_or_json(text: &str) -> Content<'_> {
    Json::read(text.as_bytes()).map_or_else(|| Content::Text(without_nuls(text)), Content::Json)
}

/// The text without the NULs that programs in C send after it, and without the white space before
/// these. A text with other control characters is bytes that happen to be text, and stays whole.
fn without_nuls(text: &str) -> &str {
    let kept = text.trim_end_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
    let shorter = match text.get(kept.len()..).and_then(|end| end.split_once('\0')) {
        Some((space, _)) => text.get(..kept.len() + space.len()).unwrap_or(text),
        None => text,
    };
    let is_text = !shorter.is_empty()
        && !shorter.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    if is_text { shorter } else { text }
}
