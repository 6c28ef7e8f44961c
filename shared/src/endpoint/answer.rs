//! Refusals and results as HTTP.

use super::Refusal;
use http::{HeaderValue, Response, StatusCode, header};

/// The answer to a URL check: the Echostr and nothing else.
pub fn echoed<B: From<String>>(echo: &str) -> Response<B> {
    let mut response = text(StatusCode::OK, "text/plain; charset=utf-8", echo.to_owned());
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// The answer to an accepted message: empty. The platforms ignore it.
pub fn accepted<B: From<String>>() -> Response<B> {
    Response::new(B::from(String::new()))
}

/// The answer to what is refused: its word and a sentence, as JSON.
pub fn refused<B: From<String>>(refusal: Refusal) -> Response<B> {
    let body = format!(r#"{{"error":"{}","message":"{refusal}"}}"#, refusal.word());
    text(status(refusal), "application/json", body)
}

fn text<B: From<String>>(
    status: StatusCode,
    content_type: &'static str,
    body: String,
) -> Response<B> {
    let mut response = Response::new(B::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::UnknownSource => StatusCode::NOT_FOUND,
        Refusal::MissingHeader
        | Refusal::RepeatedHeader
        | Refusal::MixedHeaders
        | Refusal::MalformedHeader
        | Refusal::MissingEchostr
        | Refusal::MalformedEchostr => StatusCode::BAD_REQUEST,
        Refusal::BadSignature | Refusal::Stale { .. } | Refusal::AmbiguousSignature => {
            StatusCode::UNAUTHORIZED
        }
        Refusal::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Refusal::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Misconfigured | Refusal::StagingUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}
