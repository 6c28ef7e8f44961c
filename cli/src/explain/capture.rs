//! A captured request.
//!
//! # Layout
//!
//! * [`lines`]: the output of `curl -v`, and a request as HTTP/1.1 writes it.
//! * [`har`]: a HAR file, or an entry of one.

mod har;
mod lines;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::time::UNIX_EPOCH;
use thingrelay_core::timestamp::Timestamp;

/// The most requests that an error lists.
const MOST_LISTED: usize = 20;

/// A captured request, and what is known of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture {
    pub(crate) method: Method,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// `None` if there was a body, and the capture does not have it.
    pub(crate) body: Option<Vec<u8>>,
    /// When the request came.
    pub(crate) time: Option<(Timestamp, TimeFrom)>,
    /// The status of the answer.
    pub(crate) status: Option<u16>,
}

/// Where the time of a request is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeFrom {
    /// The user gave it.
    Given,
    /// The header Date of the answer.
    Date,
    /// The capture has the time at which the request began.
    Started,
    /// The endpoint itself received it.
    Arrived,
    /// Nothing says it: it is the request's own timestamp.
    Assumed,
}

/// Why a text gives no request. The messages quote no header's value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CaptureError {
    /// Give the output of `curl -v`, a HAR file or a request as HTTP/1.1 writes it.
    #[error(
        "there is no request: expected the output of curl -v, a HAR file, or a request that begins with a line such as POST /meters HTTP/1.1"
    )]
    NoRequest,
    /// The JSON is not that of HAR.
    #[error("this JSON is neither a HAR file nor an entry of one: {0}")]
    NotHar(String),
    /// A line is not a header.
    #[error("line {0} of the request's head is not a header")]
    Header(usize),
    /// Choose one.
    #[error("there are {count} requests: choose one with --entry ({list})")]
    Several { count: usize, list: String },
    /// Choose another.
    #[error("there is no request {0}: the capture has {1}")]
    NoSuchEntry(usize, usize),
}

/// Reads the request of a capture, or the one of that number, counted from 1.
pub(crate) fn read(text: &[u8], entry: Option<usize>) -> Result<Capture, CaptureError> {
    let mut captures = match text.trim_ascii_start().first() {
        Some(b'{' | b'[') => har::read(text)?,
        _ => lines::read(text)?,
    };
    let count = captures.len();
    let index = match (entry, count) {
        (_, 0) => return Err(CaptureError::NoRequest),
        (Some(entry), _) if !(1..=count).contains(&entry) => {
            return Err(CaptureError::NoSuchEntry(entry, count));
        }
        (Some(entry), _) => entry - 1,
        (None, 1) => 0,
        (None, _) => {
            let list = captures.iter().zip(1..).take(MOST_LISTED);
            let list = list.map(|(it, number)| format!("{number}: {} {}", it.method, it.path));
            let mut list = list.collect::<Vec<_>>().join(", ");
            if count > MOST_LISTED {
                list.push_str(", …");
            }
            return Err(CaptureError::Several { count, list });
        }
    };
    Ok(captures.swap_remove(index))
}

/// The path of a URL or of a request's target, without the query.
pub(crate) fn path_of(target: &str) -> String {
    let path = match target.split_once("://") {
        // Without a path there is a slash at least.
        Some((_, rest)) => rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)),
        None => Some(target),
    };
    let path = path.unwrap_or_default().split(['?', '#']).next();
    let path = path.unwrap_or_default().to_owned();
    match path.starts_with('/') {
        true => path,
        false => format!("/{path}"),
    }
}

/// A header of a line such as `Nonce: abc`.
pub(crate) fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
    let value = HeaderValue::from_bytes(value.trim().as_bytes()).ok()?;
    Some((name, value))
}

/// The body, if it is known: what was captured, or nothing if the head announces nothing.
fn body(captured: Option<Vec<u8>>, headers: &HeaderMap) -> Option<Vec<u8>> {
    let length = headers.get(header::CONTENT_LENGTH);
    let is_empty = length.is_none_or(|length| length.as_bytes() == b"0");
    let announced = !is_empty || headers.contains_key(header::TRANSFER_ENCODING);
    captured
        .filter(|body| !body.is_empty())
        .or_else(|| (!announced).then(Vec::new))
}

/// The time of the header Date of an answer.
fn date(headers: &HeaderMap) -> Option<(Timestamp, TimeFrom)> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    let date = httpdate::parse_http_date(date).ok()?;
    let millis = date.duration_since(UNIX_EPOCH).ok()?.as_millis();
    let time = Timestamp::from_unix_millis(i64::try_from(millis).ok()?);
    Some((time, TimeFrom::Date))
}

#[cfg(test)]
mod tests;
