//! A call, and how far it has come.

use crate::explain::{Capture, TimeFrom};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};
use thingrelay_core::{normalize::OutgoingEvent, timestamp::Timestamp};

/// The most characters of a path or of a header's value that are kept.
const MAX_VALUE: usize = 200;

/// A call of a platform, or a message that came in another way.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) number: u64,
    /// Grows with each change of any call.
    pub(crate) version: u64,
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) started: Instant,
    pub(crate) way: Way,
    pub(crate) source: Option<String>,
    pub(crate) platform: Option<&'static str>,
    pub(crate) request: Option<RequestHead>,
    /// The message's id.
    pub(crate) id: Option<String>,
    /// The message as the platform sent it, decrypted if that was possible.
    pub(crate) original: Vec<u8>,
    pub(crate) answer: Option<Answer>,
    pub(crate) outcome: Outcome,
    /// The stable code of the outcome, if it has one.
    pub(crate) code: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) stations: Stations,
    /// How often the consumer has read the message.
    pub(crate) attempts: u32,
    pub(crate) events: Vec<Event>,
    pub(crate) targets: BTreeMap<String, Delivery>,
    /// The call that brought the same message first.
    pub(crate) repeat_of: Option<u64>,
}

/// How a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// A POST.
    Push,
    /// A GET: the platform's check of the URL.
    Check,
    /// It was pulled.
    Pull,
    /// From the staging queue, without a call that is known here: staged again, or by an earlier run.
    Staging,
}

/// The state of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Arrived,
    /// The check of the URL was answered.
    Checked,
    Refused,
    /// The staging queue has dropped a copy.
    Repeated,
    Staged,
    /// It comes again.
    Waiting,
    Forwarded,
    /// No target takes its events.
    Unrouted,
    Quarantined,
    Dead,
}

/// The parts of a request besides its body.
#[derive(Clone)]
pub(crate) struct RequestHead {
    method: Method,
    pub(crate) path: String,
    /// The headers as they came, one on a line.
    headers: String,
    /// The time of the arrival, by the clock of the endpoint.
    at: Timestamp,
}

/// The answer to a request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// When the call passed each station, in microseconds after its arrival.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Stations {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verified: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) staged: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) normalised: Option<u64>,
    /// The last station, whatever it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<u64>,
}

/// An event of the message.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) subject: Option<String>,
    pub(crate) json: String,
}

/// The way to one target.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Delivery {
    pub(crate) state: DeliveryState,
    /// Microseconds after the call's arrival.
    pub(crate) after: u64,
    /// How often events of the message were sent there.
    pub(crate) tries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// The state of the way to a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeliveryState {
    /// The target, or the queue of a webhook, has the events.
    #[default]
    Sent,
    /// A webhook's receiver has an event.
    Delivered,
    Waiting,
    Refused,
    Dead,
}

/// A call as the list shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    number: u64,
    at: i64,
    way: Way,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    types: Vec<&'static str>,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    stations: Stations,
    attempts: u32,
    targets: &'a BTreeMap<String, Delivery>,
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_of: Option<u64>,
    /// Whether the call has the text that was asked for.
    hit: bool,
}

impl Call {
    /// Microseconds since the arrival.
    pub(crate) fn elapsed(&self) -> u64 {
        micros(self.started.elapsed())
    }

    /// About how much memory the call takes.
    pub(crate) fn bytes(&self) -> usize {
        let events = self.events.iter();
        let events: usize = events.map(|event| event.json.len() + 256).sum();
        let head = self.request.as_ref().map_or(0, RequestHead::bytes);
        self.original.len() + events + head + 1024
    }

    /// The device, as the first event names it.
    pub(crate) fn device(&self) -> Option<&str> {
        self.events
            .iter()
            .find_map(|event| event.subject.as_deref())
    }

    pub(crate) fn types(&self) -> Vec<&'static str> {
        let mut types: Vec<&'static str> = self.events.iter().map(|event| event.kind).collect();
        types.dedup();
        types
    }

    /// Whether the text is in the call, in its message or in its events. The text is in lower case.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let has = |part: &str| part.to_lowercase().contains(text);
        let path = self.request.as_ref().map(|request| request.path.as_str());
        [
            self.source.as_deref(),
            self.code.as_deref(),
            self.id.as_deref(),
            path,
        ]
        .into_iter()
        .flatten()
        .any(has)
            || self.events.iter().any(|event| has(&event.json))
            || has(&String::from_utf8_lossy(&self.original))
    }

    pub(crate) fn summary(&self, text: Option<&str>) -> Summary<'_> {
        let path = match self.source {
            Some(_) => None,
            None => self.request.as_ref().map(|request| request.path.as_str()),
        };
        Summary {
            number: self.number,
            at: self.at,
            way: self.way,
            source: self.source.as_deref(),
            platform: self.platform,
            path,
            device: self.device(),
            types: self.types(),
            outcome: self.outcome,
            status: self.answer.as_ref().map(|answer| answer.status),
            code: self.code.as_deref(),
            detail: self.detail.as_deref(),
            stations: self.stations,
            attempts: self.attempts,
            targets: &self.targets,
            bytes: self.original.len(),
            id: self.id.as_deref(),
            repeat_of: self.repeat_of,
            hit: text.is_none_or(|text| self.contains(text)),
        }
    }

    /// Sets the outcome after the targets have the events, by what their receivers say.
    pub(crate) fn settle(&mut self) {
        let has = |wanted| {
            self.targets
                .values()
                .any(|delivery| delivery.state == wanted)
        };
        self.outcome = if has(DeliveryState::Dead) {
            Outcome::Dead
        } else if has(DeliveryState::Waiting) {
            Outcome::Waiting
        } else {
            Outcome::Forwarded
        };
    }
}

impl Event {
    pub(crate) fn of(event: &OutgoingEvent) -> Event {
        Event {
            id: event.id.clone(),
            kind: short_type(event.kind.as_str()),
            subject: event.subject.clone(),
            json: event.json.clone(),
        }
    }
}

impl RequestHead {
    pub(crate) fn of<B>(request: &http::Request<B>, at: Timestamp) -> RequestHead {
        let mut headers = String::with_capacity(320);
        for (name, value) in request.headers() {
            headers.push_str(name.as_str());
            headers.push_str(": ");
            match value.to_str() {
                Ok(value) => headers.extend(value.chars().take(MAX_VALUE)),
                Err(_) => headers.push_str("(not ASCII)"),
            }
            headers.push('\n');
        }
        RequestHead {
            method: request.method().clone(),
            path: request.uri().path().chars().take(MAX_VALUE).collect(),
            headers,
            at,
        }
    }

    fn bytes(&self) -> usize {
        self.path.len() + self.headers.len()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.headers.lines();
        lines.filter_map(|line| line.split_once(": "))
    }

    /// The method and the path, then the headers, one on a line, without the value of the signature, which
    /// is a secret for some minutes.
    pub(crate) fn shown(&self) -> String {
        let mut text = format!("{} {}", self.method, self.path);
        for (name, value) in self.headers() {
            let is_secret =
                name.ends_with("signature") || name == "authorization" || name == "cookie";
            let value = if is_secret { "***" } else { value };
            text.extend(["\n", name, ": ", value]);
        }
        text
    }

    /// The whole request. A request that was refused by its head has no body.
    pub(crate) fn capture(&self, body: &[u8], status: u16) -> Capture {
        let headers = self.headers().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        });
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        let length = map.get(header::CONTENT_LENGTH);
        let is_here = !body.is_empty() || length.is_none_or(|length| length == "0");
        Capture {
            method: self.method.clone(),
            path: self.path.clone(),
            headers: map,
            body: is_here.then(|| body.to_vec()),
            time: Some((self.at, TimeFrom::Arrived)),
            status: Some(status),
        }
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The type without the parts that all types have.
fn short_type(kind: &'static str) -> &'static str {
    let short = kind.strip_prefix("io.thingrelay.");
    short
        .and_then(|kind| kind.strip_suffix(".v1"))
        .unwrap_or(kind)
}
