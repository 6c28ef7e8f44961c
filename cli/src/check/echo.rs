//! Explains an answer to the URL check that is not the Echostr.
//!
//! The platform wants status 200, `text/plain; charset=utf-8` and the bare Echostr. Source:
//! "Forwarding data to a third-party service",
//! <https://cloud.tencent.com/document/product/634/45990>.

use super::status::{looks_like_html, unexpected};
use crate::{
    platform::{Address, Answer},
    report::{Problem, excerpt},
};
use http::{StatusCode, header};
use std::time::Duration;

/// The platform names no limit and counts slow receivers as failed; a cold start must be faster.
pub(crate) const SLOW: Duration = Duration::from_secs(1);

/// All problems of an answer to a correctly signed URL check.
pub(crate) fn problems(answer: &Answer, echostr: &str, address: &Address) -> Vec<Problem> {
    if answer.status != StatusCode::OK {
        return vec![unexpected(answer, address)];
    }
    let mut problems = Vec::new();
    if answer.body != echostr {
        problems.push(changed(answer, echostr));
    }
    if !looks_like_html(answer) {
        problems.extend(content_type(answer));
        problems.extend(content_length(answer));
    }
    problems.extend(slow(answer));
    problems
}

/// The problem of an answer that took too long.
pub(crate) fn slow(answer: &Answer) -> Option<Problem> {
    (answer.took > SLOW).then(|| {
        Problem::new(
            format!("The answer took {} ms.", answer.took.as_millis()),
            "The platform counts slow receivers as failed: answer within a second. Try again; if \
             only the first answer is slow, it is the cold start.",
        )
    })
}

fn changed(answer: &Answer, echostr: &str) -> Problem {
    let body = &*answer.body;
    let text = std::str::from_utf8(body).unwrap_or_default();
    let encoding = answer
        .header(header::CONTENT_ENCODING)
        .filter(|coding| *coding != "identity");
    if let Some(encoding) = encoding {
        return Problem::new(
            format!("The body is compressed ({}).", excerpt(encoding.as_bytes())),
            "Switch off compression for this path at the proxy.",
        );
    }
    if looks_like_html(answer) {
        return Problem::new(
            "A web page came back instead of the Echostr.",
            "A proxy, a web server or a firewall answers in the endpoint's place: route this path \
             to the endpoint.",
        );
    }
    let what = if body.is_empty() {
        "The body is empty instead of the Echostr.".to_owned()
    } else if body == format!("\u{feff}{echostr}").as_bytes() {
        "There is a byte order mark before the Echostr.".to_owned()
    } else if matches!(text.strip_prefix(echostr), Some("\n" | "\r\n")) {
        "There is a newline after the Echostr.".to_owned()
    } else if is_quoted(text, echostr) {
        "The Echostr is in quotes.".to_owned()
    } else if text.trim() == echostr {
        "There is white space around the Echostr.".to_owned()
    } else if text.trim_start().starts_with('{') && text.contains(echostr) {
        "The Echostr is wrapped in JSON.".to_owned()
    } else if text.contains(echostr) {
        format!(
            "The answer contains more than the Echostr: \"{}\".",
            excerpt(body)
        )
    } else if text.eq_ignore_ascii_case(echostr) {
        "The Echostr came back with its letters in another case.".to_owned()
    } else if !text.is_empty() && echostr.starts_with(text) {
        "The Echostr was cut short.".to_owned()
    } else {
        format!(
            "Something other than the Echostr came back: \"{}\".",
            excerpt(body)
        )
    };
    Problem::new(
        what,
        "The body must be only the Echostr, byte for byte: no newline, no quotes, no byte order \
         mark, no JSON.",
    )
}

fn is_quoted(text: &str, echostr: &str) -> bool {
    ['"', '\''].iter().any(|quote| {
        text.trim()
            .strip_prefix(*quote)
            .and_then(|text| text.strip_suffix(*quote))
            == Some(echostr)
    })
}

fn content_type(answer: &Answer) -> Option<Problem> {
    let advice = "Answer with \"Content-Type: text/plain; charset=utf-8\".";
    let Some(value) = answer.header(header::CONTENT_TYPE) else {
        return Some(Problem::new("The answer has no Content-Type.", advice));
    };
    let mut parts = value
        .split(';')
        .map(|part| part.trim().to_ascii_lowercase());
    let is_text = parts.next().as_deref() == Some("text/plain");
    let is_utf8 = parts
        .find_map(|part| {
            part.strip_prefix("charset=")
                .map(|set| set.trim_matches('"') == "utf-8")
        })
        .unwrap_or(true);
    (!(is_text && is_utf8)).then(|| {
        Problem::new(
            format!("The Content-Type is {}.", excerpt(value.as_bytes())),
            advice,
        )
    })
}

fn content_length(answer: &Answer) -> Option<Problem> {
    let length = answer.header(header::CONTENT_LENGTH);
    (length != Some(answer.body.len().to_string().as_str())).then(|| {
        Problem::new(
            match length {
                Some(length) => format!(
                    "The Content-Length is {}, but the body has {} bytes.",
                    excerpt(length.as_bytes()),
                    answer.body.len()
                ),
                None => "The answer has no Content-Length.".to_owned(),
            },
            "Send Content-Length with the number of the Echostr's bytes; a proxy may use chunked transfer: switch that off for this path.",
        )
    })
}
