//! Refusals and results as HTTP.

use super::RequestError;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use std::collections::BTreeMap;

/// An answer as a function returns it to an HTTP API, which accepts it in either payload format.
///
/// Source:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyResponse {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
    /// Empty: some readers of format 2.0 require the member.
    cookies: [String; 0],
}

impl ProxyResponse {
    /// The answer for a response whose body is text.
    pub fn of<B: AsRef<[u8]>>(response: &Response<B>) -> ProxyResponse {
        let headers = response.headers().iter().filter_map(|(name, value)| {
            let value = value.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        });
        ProxyResponse {
            status_code: response.status().as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(response.body().as_ref()).into_owned(),
            is_base64_encoded: false,
            cookies: [],
        }
    }
}

/// The answer to a URL check: only the Echostr.
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

/// The answer to a refused request: its code and a sentence, as JSON.
pub fn refused<B: From<String>>(refusal: RequestError) -> Response<B> {
    let body = format!(r#"{{"error":"{}","message":"{refusal}"}}"#, refusal.code());
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

fn status(refusal: RequestError) -> StatusCode {
    match refusal {
        RequestError::UnknownSource => StatusCode::NOT_FOUND,
        RequestError::MalformedRequest
        | RequestError::Header(_)
        | RequestError::MissingEchostr
        | RequestError::MalformedEchostr => StatusCode::BAD_REQUEST,
        RequestError::Signature(_) => StatusCode::UNAUTHORIZED,
        RequestError::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        RequestError::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RequestError::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
        RequestError::Misconfigured | RequestError::StagingUnavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
