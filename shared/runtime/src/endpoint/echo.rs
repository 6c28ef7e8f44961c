//! The platform's check of the URL: the answer is the `Echostr` of the request.

use super::RequestError;
use http::HeaderMap;
use thingrelay_core::signature::HeaderError;

/// The most characters of an Echostr.
pub const MAX_ECHO_CHARACTERS: usize = 1024;

pub(super) const ECHOSTR: &str = "Echostr";

/// The Echostr of a request: 1 to [`MAX_ECHO_CHARACTERS`] visible ASCII characters. The header
/// never has a prefix.
///
/// # Errors
/// The header is missing, repeated, or outside its grammar.
pub fn echo(headers: &HeaderMap) -> Result<&str, RequestError> {
    let mut values = headers.get_all(ECHOSTR).iter();
    let value = values.next().ok_or(RequestError::MissingEchostr)?;
    if values.next().is_some() {
        return Err(HeaderError::Repeated(ECHOSTR).into());
    }
    std::str::from_utf8(value.as_bytes())
        .ok()
        .filter(|text| (1..=MAX_ECHO_CHARACTERS).contains(&text.len()))
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or(RequestError::MalformedEchostr)
}
