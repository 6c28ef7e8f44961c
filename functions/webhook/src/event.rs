//! The event of a record, as the parts of a request.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use thingrelay_core::config::Content;

/// The media type of an event in structured mode.
const STRUCTURED: HeaderValue =
    HeaderValue::from_static("application/cloudevents+json; charset=utf-8");

/// A record is not an event that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record is not a CloudEvent in JSON with an id of visible ASCII characters")]
pub struct UnreadableEvent;

/// An event, ready to be sent any number of times.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) id: HeaderValue,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
}

impl Event {
    /// Reads a CloudEvent in JSON.
    ///
    /// # Errors
    /// See [`UnreadableEvent`].
    pub fn parse(json: &str, content: Content) -> Result<Event, UnreadableEvent> {
        let read: Identified<'_> = serde_json::from_str(json).map_err(|_| UnreadableEvent)?;
        let is_visible = !read.id.is_empty() && read.id.bytes().all(|byte| byte.is_ascii_graphic());
        let id = HeaderValue::from_str(&read.id).ok().filter(|_| is_visible);
        let id = id.ok_or(UnreadableEvent)?;
        match content {
            Content::Structured => Ok(Event {
                id,
                headers: HeaderMap::from_iter([(CONTENT_TYPE, STRUCTURED)]),
                body: Bytes::copy_from_slice(json.as_bytes()),
            }),
            Content::Binary => binary(id, json),
        }
    }

    /// The event's id.
    pub fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }
}

/// The attributes become headers, the data becomes the body.
///
/// Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode>.
fn binary(id: HeaderValue, json: &str) -> Result<Event, UnreadableEvent> {
    let members: BTreeMap<&str, &RawValue> =
        serde_json::from_str(json).map_err(|_| UnreadableEvent)?;
    let mut headers = HeaderMap::new();
    let mut body = Bytes::new();
    for (name, value) in members {
        if name == "data" {
            body = Bytes::copy_from_slice(value.get().as_bytes());
            continue;
        }
        let text = match serde_json::from_str(value.get()) {
            Ok(serde_json::Value::String(text)) => text,
            Ok(serde_json::Value::Null) => continue,
            _ => value.get().to_owned(),
        };
        let (name, text) = if name == "datacontenttype" {
            (CONTENT_TYPE, text)
        } else {
            let name = HeaderName::try_from(format!("ce-{name}")).map_err(|_| UnreadableEvent)?;
            (name, percent_encoded(&text))
        };
        let value = HeaderValue::try_from(text).map_err(|_| UnreadableEvent)?;
        headers.insert(name, value);
    }
    Ok(Event { id, headers, body })
}

/// Encodes what a header cannot hold: space, `"`, `%` and all that is not visible ASCII.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
