//! Explains an unexpected status.

use super::clock;
use crate::{
    platform::{Address, Answer},
    report::{Problem, excerpt},
};
use http::{StatusCode, header};

/// Explains why the status of the answer to a correctly signed request is not 200.
pub(crate) fn unexpected(answer: &Answer, address: &Address) -> Problem {
    let status = answer.status.as_u16();
    match answer.code() {
        Some(word) => by_word(&word, status, answer, address),
        None if looks_like_html(answer) => Problem::new(
            format!("A web page came back, with status {status}."),
            "A proxy, a web server or a firewall answers in the endpoint's place: route this path \
             to the endpoint.",
        ),
        None => by_status(answer, address),
    }
}

/// Whether the answer is a web page.
pub(crate) fn looks_like_html(answer: &Answer) -> bool {
    let is_html_type = answer
        .header(header::CONTENT_TYPE)
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("text/html"));
    let start: Vec<u8> = answer
        .body
        .trim_ascii_start()
        .iter()
        .take(14)
        .map(u8::to_ascii_lowercase)
        .collect();
    is_html_type || start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

/// The mistake in the URL's path, if it explains why nothing is found there: neither `dev` nor an
/// HTTP API ignores an extra slash.
fn slip_in_path(address: &Address) -> Option<String> {
    let path = address.path();
    if address.source().is_empty() {
        let url = address.to_string();
        let origin = url.split('?').next().unwrap_or(&url).trim_end_matches('/');
        Some(format!(
            "The URL names no source: add the source's name, as in {origin}/meters."
        ))
    } else if path.ends_with('/') {
        Some("Remove the slash at the end of the URL.".to_owned())
    } else if path.contains("//") {
        Some("The path of the URL has two slashes in a row: remove one of them.".to_owned())
    } else {
        None
    }
}

fn by_word(word: &str, status: u16, answer: &Answer, address: &Address) -> Problem {
    let source = address.source();
    let what = format!("The endpoint refuses with {status} {word}.");
    let advice = match word {
        "unknown_source" => slip_in_path(address).unwrap_or_else(|| {
            format!(
                "The endpoint has no source \"{source}\" that accepts HTTP pushes: correct the last part of the URL, or add the source to the configuration."
            )
        }),
        "bad_signature" => format!(
            "The token is not the one of the source \"{source}\": enter the same token in the \
             configuration and in the platform's console (no blank before or after it)."
        ),
        "stale" => format!(
            "The clocks differ: {}. Set both clocks by NTP.",
            clock::difference(answer).map_or(
                "compare this machine's with the endpoint's".to_owned(),
                |seconds| { format!("the endpoint's is {}", clock::in_words(seconds)) }
            )
        ),
        "ambiguous_signature" => {
            "Try again: by chance, the nonce also fits an older request.".to_owned()
        }
        "missing_header" | "missing_echostr" => {
            "A proxy in front of the endpoint drops request headers: let Signature, Timestamp, \
             Nonce, Echostr and their X-Tc- forms through."
                .to_owned()
        }
        "repeated_header" | "mixed_headers" | "malformed_header" | "malformed_echostr" => {
            "A proxy in front of the endpoint adds or changes request headers: let Signature, \
             Timestamp, Nonce and Echostr through as they are."
                .to_owned()
        }
        "method_not_allowed" => {
            "The endpoint gets another method than was sent: look at the proxy's rules.".to_owned()
        }
        "misconfigured" => format!(
            "The settings or secrets of the source \"{source}\" are wrong: run `thingrelay config \
             check` with them."
        ),
        "body_too_large" => "Raise the limit of the proxy or of the endpoint.".to_owned(),
        "body_timeout" => "Look at the network, or at the proxy.".to_owned(),
        "staging_unavailable" => {
            "The endpoint works but cannot reach its staging queue: check the queue's URL, its \
             permissions and its state."
                .to_owned()
        }
        _ => "Look at the endpoint's log.".to_owned(),
    };
    Problem::new(what, advice)
}

fn by_status(answer: &Answer, address: &Address) -> Problem {
    let status = answer.status;
    let what = format!("The status is {} instead of 200.", status.as_u16());
    let advice = match status {
        _ if status.is_redirection() => {
            return Problem::new(
                format!("The endpoint redirects (status {}).", status.as_u16()),
                match answer.header(header::LOCATION) {
                    Some(location) => format!(
                        "The platform does not follow redirects: if {} is right, enter it in the console.",
                        excerpt(location.as_bytes())
                    ),
                    None => "The platform does not follow redirects: answer directly.".to_owned(),
                },
            );
        }
        _ if status.is_success() => "Only the status 200 means success to the platform.".to_owned(),
        StatusCode::NOT_FOUND => slip_in_path(address).unwrap_or_else(|| {
            format!(
                "Something answers, but does not know the path {}: correct the path, or the route of the \
                 proxy or API in front of the endpoint.",
                address.path()
            )
        }),
        StatusCode::UNAUTHORIZED => {
            "The signature is not accepted: compare the token in the configuration with the one in \
             the console. If something in front of the endpoint requires a login, exempt this path."
                .to_owned()
        }
        StatusCode::FORBIDDEN => {
            "Something in front of the endpoint forbids the request (a firewall, an allow-list of \
             addresses, an API policy): let the platform through."
                .to_owned()
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            "The endpoint needs both GET and POST on this path: route both to it.".to_owned()
        }
        StatusCode::TOO_MANY_REQUESTS => "Something limits the rate: raise the limit.".to_owned(),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            "The proxy answers but cannot reach the endpoint: start it, or correct the proxy's \
             target."
                .to_owned()
        }
        _ => "Look at the endpoint's log.".to_owned(),
    };
    Problem::new(what, advice)
}
