//! Turns the event that an HTTP API sends a function into a request.
//!
//! Only the members that the functions use are read, and the others may be as odd as they like.
//! Anybody can send a query, a `Host` or an `X-Forwarded-Proto` that makes no valid URL, and none
//! of them may fail an invocation.
//!
//! Source, for payload formats 1.0 and 2.0:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.

use super::echo::ECHOSTR;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};
use thingrelay_core::signature::headers::{PLAIN, PREFIXED};

/// The event with which a function was invoked. Every JSON value can be read as one.
#[derive(Debug)]
pub struct Event(Option<Call>);

/// A request, and the source that its path names. The name is empty if the path names none.
pub type Call = (String, Request<Vec<u8>>);

impl Event {
    /// The request, if the event is one. It has only the headers of the signature and the Echostr,
    /// and no address.
    pub fn into_call(self) -> Option<Call> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Event, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        let shape = serde_json::from_str::<Shape<'_>>(json.get());
        Ok(Event(shape.ok().and_then(Shape::into_call)))
    }
}

/// The members of an event that are read. `http_method` and `multi_value_headers` belong to payload
/// format 1.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    #[serde(borrow)]
    http_method: Option<Text<'a>>,
    #[serde(borrow)]
    request_context: Option<Context<'a>>,
    #[serde(borrow)]
    path_parameters: Option<PathParameters<'a>>,
    headers: Option<Headers>,
    multi_value_headers: Option<Headers>,
    #[serde(borrow)]
    body: Option<Text<'a>>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
struct Context<'a> {
    #[serde(borrow)]
    http: Option<Http<'a>>,
}

#[derive(Deserialize)]
struct Http<'a> {
    #[serde(borrow)]
    method: Text<'a>,
}

#[derive(Deserialize)]
struct PathParameters<'a> {
    #[serde(borrow)]
    source: Option<Text<'a>>,
}

/// A text that is copied only if it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The headers that the functions use.
struct Headers(HeaderMap);

/// The value of a header, or all its values.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    All(Vec<String>),
}

impl Shape<'_> {
    fn into_call(self) -> Option<Call> {
        let http = self.request_context.and_then(|context| context.http);
        let method = http.map(|http| http.method).or(self.http_method)?;
        let body = self.body.map_or(Cow::Borrowed(""), |body| body.0);
        let body = match self.is_base64_encoded {
            Some(true) => BASE64.decode(body.as_bytes()).ok()?,
            _ => body.into_owned().into_bytes(),
        };
        let mut request = Request::new(body);
        *request.method_mut() = Method::from_bytes(method.0.as_bytes()).ok()?;
        let all = self.multi_value_headers.filter(|all| !all.0.is_empty());
        if let Some(headers) = all.or(self.headers) {
            *request.headers_mut() = headers.0;
        }
        let source = self.path_parameters.and_then(|path| path.source);
        let source = source.map_or_else(String::new, |source| source.0.into_owned());
        Some((source, request))
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Used;

        impl<'de> Visitor<'de> for Used {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("headers by their names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = HeaderMap::new();
                while let Some(Text(name)) = map.next_key()? {
                    let Some(name) = used(&name) else {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    };
                    let values = match map.next_value()? {
                        Values::One(value) => vec![value],
                        Values::All(values) => values,
                    };
                    for value in &values {
                        headers.append(name.clone(), readable(value));
                    }
                }
                Ok(Headers(headers))
            }
        }

        deserializer.deserialize_map(Used)
    }
}

/// The name, if the functions use that header.
fn used(name: &str) -> Option<HeaderName> {
    let mut all = PLAIN.iter().chain(&PREFIXED).chain([&ECHOSTR]);
    all.any(|used| used.eq_ignore_ascii_case(name))
        .then(|| HeaderName::from_bytes(name.as_bytes()).ok())
        .flatten()
}

/// The value, with blanks in place of characters that no header can have. None of our grammars
/// allows either.
fn readable(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or_else(|_| {
        let visible = value.replace(|character: char| character.is_ascii_control(), " ");
        HeaderValue::from_str(&visible).unwrap_or(HeaderValue::from_static(" "))
    })
}

#[cfg(test)]
mod tests;
