//! The payload as events show it, its secrets taken out.

use super::redact::redact;
use crate::{
    event::data::{Content, Format},
    json::{self, Members},
    tencent::{Envelope, Payload, Shape},
};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A payload that had to be written anew: without its secrets, or without its line breaks.
pub(super) struct Rewritten(Option<Box<RawValue>>);

impl Rewritten {
    pub(super) fn of(payload: &Payload<'_>, secrets: &[&str]) -> Rewritten {
        let Content::Json(value) = view(payload) else {
            return Rewritten(None);
        };
        if !secrets.is_empty() {
            return Rewritten(Some(redact(value, secrets)));
        }
        match json::on_one_line(value.get()) {
            Cow::Borrowed(_) => Rewritten(None),
            Cow::Owned(line) => Rewritten(RawValue::from_string(line).ok()),
        }
    }
}

/// The payload with what routing wants to know of it.
pub(super) struct Prepared<'a> {
    pub(super) content: Content<'a>,
    /// Where the content stands.
    pub(super) format: Format,
    /// The payload's members, if it is an object.
    pub(super) members: Option<Members<'a>>,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(
        envelope: &Envelope<'a>,
        body: &'a str,
        payload: &'a Payload<'a>,
        rewritten: &'a Rewritten,
        secrets: &[&str],
    ) -> Prepared<'a> {
        let content = match (&rewritten.0, envelope.shape) {
            (Some(value), _) => Content::Json(value),
            (None, Shape::Unknown) => json::parse(body).map_or(Content::Text(body), portable),
            (None, _) => view(payload),
        };
        let (content, format) = match content {
            Content::None => (Content::None, Format::None),
            Content::Json(_) => (content, Format::Json),
            // Without a parser's help nobody can tell where the secrets are.
            Content::Text(_) | Content::Bytes(_) if !secrets.is_empty() => {
                (Content::None, Format::Withheld)
            }
            Content::Text(_) => (content, Format::Text),
            Content::Bytes(_) => (content, Format::Binary),
        };
        let members = match &content {
            Content::Json(value) if envelope.shape != Shape::Unknown => Members::of(value),
            _ => None,
        };
        Prepared {
            content,
            format,
            members,
        }
    }
}

/// What a payload is, looked at.
fn view<'a>(payload: &'a Payload<'a>) -> Content<'a> {
    match payload {
        Payload::None => Content::None,
        Payload::Json(value) => portable(value),
        Payload::Text(text) => text_or_json(text),
        Payload::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok("") => Content::None,
            Ok(text) => text_or_json(text),
            Err(_) => Content::Bytes(bytes),
        },
    }
}

fn text_or_json(text: &str) -> Content<'_> {
    json::parse(text).map_or(Content::Text(text), portable)
}

/// JSON that common parsers refuse is passed on as text, so that every event can be read.
fn portable(value: &RawValue) -> Content<'_> {
    if json::is_portable(value) {
        Content::Json(value)
    } else {
        Content::Text(value.get())
    }
}
