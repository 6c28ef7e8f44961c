//! The URL of a webhook's receiver.

use http::Uri;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The URL of a receiver. Path and query may hold a secret of the receiver, so only the origin is
/// ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl {
    uri: Uri,
    host: Host,
    origin: String,
}

/// The host of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A DNS name, in lower case.
    Name(String),
    /// An address that stands in the URL, so that no resolver is asked for it.
    Address(IpAddr),
}

/// Why a text is not the URL of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    #[error("must be a URL such as \"https://crm.example.com/events\"")]
    NotAUrl,
    #[error("must not contain a user or a password")]
    Credentials,
    #[error("must not contain #")]
    Fragment,
    #[error(
        "has a host that is not a DNS name: for a name in another script, use punycode (xn--…)"
    )]
    Host,
    #[error("has a host that ends in a number: write an IPv4 address as four decimal numbers")]
    Number,
    #[error("has a port that is not from 1 to 65535")]
    Port,
}

impl WebhookUrl {
    /// Reads a URL that begins with `https://` or `http://`.
    ///
    /// # Errors
    /// See [`WebhookUrlError`].
    pub fn parse(text: &str) -> Result<WebhookUrl, WebhookUrlError> {
        if !text.is_ascii() {
            return Err(WebhookUrlError::Host);
        }
        if text.contains('#') {
            return Err(WebhookUrlError::Fragment);
        }
        let uri: Uri = text.parse().map_err(|_| WebhookUrlError::NotAUrl)?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().ok_or(WebhookUrlError::NotAUrl)?;
        if !matches!(scheme, "http" | "https") {
            return Err(WebhookUrlError::NotAUrl);
        }
        if authority.as_str().contains('@') {
            return Err(WebhookUrlError::Credentials);
        }
        let has_port = authority.port_u16().is_some_and(|port| port > 0);
        if !has_port && authority.as_str() != authority.host() {
            return Err(WebhookUrlError::Port);
        }
        let host = Host::parse(authority.host())?;
        let origin = format!("{scheme}://{authority}");
        Ok(WebhookUrl { uri, host, origin })
    }

    /// The whole URL, for the request.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        self.uri
            .authority()
            .map_or("", |authority| authority.as_str())
    }

    /// Whether requests are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/***", self.origin)
    }
}

impl Host {
    fn parse(text: &str) -> Result<Host, WebhookUrlError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(WebhookUrlError::Host)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| WebhookUrlError::Host)?;
            return Ok(Host::Address(address.into()));
        }
        let last = text.rsplit('.').next().unwrap_or_default();
        // Some resolvers and URL parsers take 2130706433, 0x7f.1 and 0177.0.0.1 for addresses.
        if is_number(last) {
            let address: Ipv4Addr = text.parse().map_err(|_| WebhookUrlError::Number)?;
            return Ok(Host::Address(address.into()));
        }
        parse_name(text)
            .map(Host::Name)
            .ok_or(WebhookUrlError::Host)
    }
}

fn is_number(label: &str) -> bool {
    let is_decimal = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    let hex = label
        .strip_prefix("0x")
        .or_else(|| label.strip_prefix("0X"));
    is_decimal || hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A DNS name in lower case.
pub fn parse_name(text: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(is_allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = text.len() <= 253
        && text.split('.').all(is_label)
        && !is_number(text.rsplit('.').next().unwrap_or_default());
    is_name.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_receivers() {
        let name = |name: &str| Host::Name(name.to_owned());
        let address = |text: &str| Host::Address(text.parse().unwrap());
        let cases = [
            ("https://crm.example.com/events", name("crm.example.com")),
            ("https://CRM.Example.com", name("crm.example.com")),
            ("http://crm:8080/a?key=1", name("crm")),
            (
                "https://xn--bcher-kva.example/",
                name("xn--bcher-kva.example"),
            ),
            ("https://0x7f.example/", name("0x7f.example")),
            ("http://127.0.0.1:80/", address("127.0.0.1")),
            ("https://[::1]/", address("::1")),
            ("https://[::ffff:10.0.0.1]:443/", address("::ffff:10.0.0.1")),
        ];
        for (text, host) in cases {
            assert_eq!(WebhookUrl::parse(text).unwrap().host(), &host, "{text}");
        }
    }

    #[test]
    fn texts_that_are_not_urls_of_receivers() {
        let cases = [
            ("", WebhookUrlError::NotAUrl),
            ("crm.example.com", WebhookUrlError::NotAUrl),
            ("/events", WebhookUrlError::NotAUrl),
            ("ftp://crm.example.com/", WebhookUrlError::NotAUrl),
            ("https://crm example.com/", WebhookUrlError::NotAUrl),
            (
                "https://crm.example.com\\@10.0.0.1/",
                WebhookUrlError::NotAUrl,
            ),
            ("https://me@crm.example.com/", WebhookUrlError::Credentials),
            (
                "https://me:pw@crm.example.com/",
                WebhookUrlError::Credentials,
            ),
            ("https://crm.example.com/#a", WebhookUrlError::Fragment),
            ("https://bücher.example/", WebhookUrlError::Host),
            ("https://crm.example.com./", WebhookUrlError::Host),
            ("https://crm..example.com/", WebhookUrlError::Host),
            ("https://-crm.example.com/", WebhookUrlError::Host),
            ("https://crm%2eexample.com/", WebhookUrlError::NotAUrl),
            ("https://[fe80::1%25eth0]/", WebhookUrlError::Host),
            ("https://crm.example.com:0/", WebhookUrlError::Port),
            ("https://crm.example.com:/", WebhookUrlError::Port),
            ("http://2130706433/", WebhookUrlError::Number),
            ("http://0x7f000001/", WebhookUrlError::Number),
            ("http://0X7F.1/", WebhookUrlError::Number),
            ("http://0177.0.0.1/", WebhookUrlError::Number),
            ("http://127.1/", WebhookUrlError::Number),
            ("http://127.0.0.01/", WebhookUrlError::Number),
            ("http://127.0.0.0x1/", WebhookUrlError::Number),
            ("http://1.2.3.4.5/", WebhookUrlError::Number),
            ("http://256.0.0.1/", WebhookUrlError::Number),
        ];
        for (text, error) in cases {
            assert_eq!(WebhookUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn path_and_query_are_not_printed() {
        let url = WebhookUrl::parse("https://crm.example.com:8443/k3J9xQ7p?key=Lm2Vt8Wz").unwrap();
        assert_eq!(url.to_string(), "https://crm.example.com:8443");
        assert_eq!(format!("{url:?}"), "https://crm.example.com:8443/***");
        assert_eq!(url.authority(), "crm.example.com:8443");
    }
}
