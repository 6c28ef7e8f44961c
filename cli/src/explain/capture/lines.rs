//! The output of `curl -v`, and a request as HTTP/1.1 writes it.
//!
//! curl writes `> ` before each line of the request's head and `< ` before each line of the answer's,
//! and no body of a request.

use super::{Capture, CaptureError, body, date, header, path_of};
use http::{HeaderMap, Method, header::CONTENT_LENGTH};

/// All requests of the text.
///
/// # Errors
/// The text has no request, or the head of one is malformed.
pub(super) fn read(text: &[u8]) -> Result<Vec<Capture>, CaptureError> {
    let shown = String::from_utf8_lossy(text);
    let first = shown.trim_start().lines().next().unwrap_or_default();
    match request_line(first) {
        Some(_) => Ok(vec![of_http(text)?]),
        None => of_curl(&shown),
    }
}

fn of_curl(text: &str) -> Result<Vec<Capture>, CaptureError> {
    let mut exchanges: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let mut is_in_head = false;
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(line) = marked(line, '>') {
            if !is_in_head && !line.is_empty() {
                exchanges.push((Vec::new(), Vec::new()));
            }
            is_in_head = !line.is_empty();
            if let (true, Some((request, _))) = (is_in_head, exchanges.last_mut()) {
                request.push(line);
            }
        } else if let (Some(line), Some((_, answer))) = (marked(line, '<'), exchanges.last_mut()) {
            is_in_head = false;
            answer.push(line);
        }
    }
    let captures = exchanges.iter().map(|(request, answer)| {
        let mut capture = of_head(request)?;
        let mut statuses = answer.iter().filter_map(|line| {
            let status = line.strip_prefix("HTTP/")?.split(' ').nth(1)?;
            status.parse().ok()
        });
        capture.status = statuses.next_back();
        let headers = answer.iter().filter_map(|line| header(line));
        capture.time = date(&headers.collect());
        capture.body = body(None, &capture.headers);
        Ok(capture)
    });
    captures.collect()
}

/// The line behind its mark. A body may begin with `<`, too.
fn marked(line: &str, mark: char) -> Option<&str> {
    let rest = line.strip_prefix(mark)?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim())
}

fn of_http(text: &[u8]) -> Result<Capture, CaptureError> {
    let text = text.trim_ascii_start();
    let end = |mark: &[u8]| {
        let at = text.windows(mark.len()).position(|window| window == mark)?;
        Some((at, at + mark.len()))
    };
    let ends = [end(b"\r\n\r\n"), end(b"\n\n")].into_iter().flatten();
    let (head, rest) = ends.min().unwrap_or((text.len(), text.len()));
    let head = String::from_utf8_lossy(text.get(..head).unwrap_or_default());
    let lines: Vec<&str> = head.lines().collect();
    let mut capture = of_head(&lines)?;
    let mut rest = text.get(rest..).unwrap_or_default();
    let length = capture.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    // An editor ends a file with a line feed.
    if let Some((announced, b"\n" | b"\r\n")) = length.and_then(|it| rest.split_at_checked(it)) {
        rest = announced;
    }
    capture.body = body(Some(rest.to_vec()), &capture.headers);
    Ok(capture)
}

fn of_head(lines: &[&str]) -> Result<Capture, CaptureError> {
    let (first, rest) = lines.split_first().ok_or(CaptureError::NoRequest)?;
    let (method, target) = request_line(first).ok_or(CaptureError::NoRequest)?;
    let mut headers = HeaderMap::new();
    for (line, number) in rest.iter().zip(2..) {
        let (name, value) = header(line).ok_or(CaptureError::Header(number))?;
        headers.append(name, value);
    }
    Ok(Capture {
        method,
        path: path_of(target),
        headers,
        body: None,
        time: None,
        status: None,
    })
}

/// The method and the target of a line such as `POST /meters HTTP/1.1`.
fn request_line(line: &str) -> Option<(Method, &str)> {
    let mut words = line.split_whitespace();
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_one = version.starts_with("HTTP/") && words.next().is_none();
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    is_one.then_some((method, target))
}
