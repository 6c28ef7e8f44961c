//! Invocations of a function.

use super::url::{EmulatorUrl, EmulatorUrlError};
use crate::platform::{Address, Answer, ConnectError, Connection, Connector, ExchangeError};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::Full;
use std::time::Duration;

/// The header by which AWS marks an error of a function; the emulator answers 500.
const FUNCTION_ERROR: &str = "x-amz-function-error";
/// The most characters of a function's error in a message.
const MAX_TOLD: usize = 300;

/// Invokes one function.
#[derive(Clone)]
pub(crate) struct Client {
    function: &'static str,
    url: EmulatorUrl,
    invocation: Address,
    connector: Connector,
}

/// Why an invocation gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    /// Nothing listens there.
    #[error(transparent)]
    Unreachable(#[from] ConnectError),
    /// The emulator gives no answer, or not in time.
    #[error(transparent)]
    Unanswered(#[from] ExchangeError),
    /// The emulator knows no function of this name.
    #[error("the server at {0} has no function {1}: is it `cargo lambda watch` of this workspace?")]
    NoFunction(EmulatorUrl, &'static str),
    /// The function has failed.
    #[error("the function {0} reports an error: {1}")]
    Function(&'static str, String),
    /// The answer is not one of an emulator.
    #[error("it answers {0}")]
    Status(StatusCode),
}

impl InvokeError {
    /// Whether the function itself has answered.
    pub(crate) fn is_of_the_function(&self) -> bool {
        matches!(self, InvokeError::Function(..))
    }
}

impl Client {
    /// A client for a function of the emulator.
    ///
    /// # Errors
    /// An error is a bug in this program.
    pub(crate) fn new(
        url: &EmulatorUrl,
        function: &'static str,
    ) -> Result<Client, EmulatorUrlError> {
        let invocation = url.invocation(function)?;
        Ok(Client {
            function,
            url: url.clone(),
            connector: Connector::new(&invocation).map_err(|_| EmulatorUrlError::Scheme)?,
            invocation,
        })
    }

    pub(crate) fn function(&self) -> &'static str {
        self.function
    }

    /// Invokes the function with an event and waits for its answer, for `limit` at most.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub(crate) async fn invoke(
        &self,
        event: Vec<u8>,
        limit: Duration,
    ) -> Result<Bytes, InvokeError> {
        // Each invocation has its own connection: an old connection never meets a restarted
        // emulator.
        let mut connection: Connection = self.connector.open().await?;
        let mut request = Request::new(Full::new(Bytes::from(event)));
        *request.method_mut() = Method::POST;
        if let Ok(target) = self.invocation.path().parse() {
            *request.uri_mut() = target;
        }
        let host = format!("{}:{}", self.url.host(), self.url.port());
        if let Ok(host) = HeaderValue::from_str(&host) {
            request.headers_mut().insert(header::HOST, host);
        }
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let answer = connection.exchange(request, limit).await?;
        self.read(&answer)
    }

    fn read(&self, answer: &Answer) -> Result<Bytes, InvokeError> {
        let failed = answer.headers.contains_key(FUNCTION_ERROR);
        match answer.status {
            StatusCode::OK if !failed => Ok(answer.body.clone()),
            StatusCode::OK | StatusCode::INTERNAL_SERVER_ERROR => {
                Err(InvokeError::Function(self.function, told(&answer.body)))
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                Err(InvokeError::NoFunction(self.url.clone(), self.function))
            }
            status => Err(InvokeError::Status(status)),
        }
    }
}

/// The error that a function reported, as one short line.
fn told(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reported {
        error_message: String,
    }
    let text = serde_json::from_slice(body).map_or_else(
        |_| String::from_utf8_lossy(body).into_owned(),
        |reported: Reported| reported.error_message,
    );
    let text = text.trim().replace(|c: char| c.is_control(), " ");
    match text.char_indices().nth(MAX_TOLD) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn answer(status: u16, header: Option<&'static str>, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(value) = header {
            headers.insert(FUNCTION_ERROR, HeaderValue::from_static(value));
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn answers_and_errors_are_told_apart() {
        let url: EmulatorUrl = "http://127.0.0.1:9000".parse().unwrap();
        let client = Client::new(&url, "consumer").unwrap();
        let error = r#"{"errorType":"&str","errorMessage":"no\nway"}"#;
        let cases = [
            (answer(200, None, "{}"), Ok("{}")),
            (answer(200, None, ""), Ok("")),
            (
                answer(200, Some("Unhandled"), error),
                Err("the function consumer reports an error: no way"),
            ),
            (
                answer(500, None, error),
                Err("the function consumer reports an error: no way"),
            ),
            (
                answer(500, None, "out of order"),
                Err("the function consumer reports an error: out of order"),
            ),
            (
                answer(404, None, r#"{"title":"Missing function"}"#),
                Err("the server at http://127.0.0.1:9000 has no function consumer"),
            ),
            (
                answer(405, None, r#"{"error":"method_not_allowed"}"#),
                Err("the server at http://127.0.0.1:9000 has no function consumer"),
            ),
            (answer(302, None, ""), Err("it answers 302 Found")),
        ];
        for (answer, expected) in cases {
            let read = client.read(&answer).map_err(|error| error.to_string());
            match (&read, expected) {
                (Ok(body), Ok(expected)) => assert_eq!(body, expected),
                (Err(told), Err(expected)) => assert!(told.starts_with(expected), "{told}"),
                _ => panic!("{answer:?} is read as {read:?}"),
            }
        }
    }

    #[test]
    fn a_long_error_is_one_short_line() {
        let body = format!("{}\r\n\u{1b}[31m", "é".repeat(1_000));
        let told = told(body.as_bytes());
        assert_eq!(told.chars().count(), MAX_TOLD + 1);
        assert!(!told.contains(char::is_control), "{told}");
    }
}
