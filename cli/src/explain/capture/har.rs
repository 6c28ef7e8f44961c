//! A HAR file, or an entry of one.
//!
//! Source: <http://www.softwareishard.com/blog/har-12-spec/>.

use super::{Capture, CaptureError, TimeFrom, body, date, path_of};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use thingrelay_core::timestamp::Timestamp;

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    File { log: Log },
    Entry(Box<Entry>),
    Entries(Vec<Entry>),
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Option<String>,
    request: Request,
    response: Option<Answer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Answer {
    status: Option<u16>,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct PostData {
    text: Option<String>,
    encoding: Option<String>,
}

/// All requests of the document.
///
/// # Errors
/// The document is not that of HAR.
pub(super) fn read(text: &[u8]) -> Result<Vec<Capture>, CaptureError> {
    let document = serde_json::from_slice(text);
    let entries = match document.map_err(|error| CaptureError::NotHar(error.to_string()))? {
        Document::File { log } => log.entries,
        Document::Entry(entry) => vec![*entry],
        Document::Entries(entries) => entries,
    };
    entries.into_iter().map(capture).collect()
}

fn capture(entry: Entry) -> Result<Capture, CaptureError> {
    let Entry {
        started_date_time,
        request,
        response,
    } = entry;
    let method = Method::from_bytes(request.method.as_bytes());
    let method = method.map_err(|_| CaptureError::NotHar("a method is malformed".to_owned()))?;
    let captured = request.post_data.and_then(|data| {
        let text = data.text?;
        match data.encoding.as_deref() {
            Some("base64") => BASE64.decode(text).ok(),
            _ => Some(text.into_bytes()),
        }
    });
    let headers = headers(request.headers);
    let started = started_date_time.and_then(|text| Timestamp::from_platform_text(&text, 0));
    let started = started.map(|time| (time, TimeFrom::Started));
    let status = response.as_ref().and_then(|answer| answer.status);
    let answer = response.map(|answer| self::headers(answer.headers));
    Ok(Capture {
        method,
        path: path_of(&request.url),
        body: body(captured, &headers),
        headers,
        time: answer.as_ref().and_then(date).or(started),
        status: status.filter(|status| *status > 0),
    })
}

/// The headers, without those of HTTP/2 that are none.
fn headers(all: Vec<Header>) -> HeaderMap {
    let headers = all.into_iter().filter_map(|Header { name, value }| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name, value);
    }
    map
}
