//! The push URL.

use http::{HeaderValue, Uri};
use std::{fmt, str::FromStr};

/// A parsed `http://` or `https://` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    scheme: Scheme,
    /// The host, without the brackets of an IPv6 address.
    host: String,
    port: u16,
    /// The value of the `Host` header.
    authority: HeaderValue,
    /// The path and the query.
    target: Uri,
}

/// The scheme of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Plain TCP.
    Http,
    /// TLS.
    Https,
}

/// Why a text is not a push URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// Not a URL.
    #[error("this is not a URL, such as https://push.example.org/meters")]
    Malformed,
    /// A URL of another scheme, or without a scheme.
    #[error("the URL must begin with http:// or https://")]
    Scheme,
    /// A user name or password in the URL, which the platform does not send.
    #[error("the URL must not contain a user name or password")]
    Credentials,
}

impl Address {
    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The name or address of the host, without brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The last part of the path, which names the source; empty for `/`.
    pub(crate) fn source(&self) -> &str {
        self.target
            .path()
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
    }

    /// The path, without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.path()
    }

    pub(super) fn authority(&self) -> &HeaderValue {
        &self.authority
    }

    pub(super) fn target(&self) -> &Uri {
        &self.target
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.parse().map_err(|_| AddressError::Malformed)?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => return Err(AddressError::Scheme),
        };
        let authority = uri.authority().ok_or(AddressError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(AddressError::Credentials);
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        if host.is_empty() {
            return Err(AddressError::Malformed);
        }
        // The text after the host is a port, or a mistake, which must not lead to another server.
        let port = match (authority.port_u16(), scheme) {
            (Some(port), _) => port,
            (None, _) if authority.as_str() != authority.host() => {
                return Err(AddressError::Malformed);
            }
            (None, Scheme::Http) => 80,
            (None, Scheme::Https) => 443,
        };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Ok(Address {
            scheme,
            host: host.to_owned(),
            port,
            authority: HeaderValue::from_str(authority.as_str())
                .map_err(|_| AddressError::Malformed)?,
            target: target.parse().map_err(|_| AddressError::Malformed)?,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let authority = self.authority.to_str().unwrap_or(&self.host);
        write!(f, "{scheme}://{authority}{}", self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let cases = [
            (
                "http://127.0.0.1:9001/meters",
                ("127.0.0.1", 9001, "meters"),
            ),
            (
                "https://push.example.org/a/meters/",
                ("push.example.org", 443, "meters"),
            ),
            ("http://push.example.org", ("push.example.org", 80, "")),
            ("http://[::1]:9001/m?x=1", ("::1", 9001, "m")),
        ];
        for (text, expected) in cases {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.host(), address.port(), address.source()),
                expected,
                "{text}"
            );
        }
        let shown: Address = "https://a.example/m?x=1".parse().unwrap();
        assert_eq!(shown.to_string(), "https://a.example/m?x=1");
    }

    #[test]
    fn what_is_no_url_to_push_to_says_why() {
        let cases = [
            ("", AddressError::Malformed),
            ("push.example.org/meters", AddressError::Malformed),
            ("/meters", AddressError::Scheme),
            ("ftp://push.example.org/meters", AddressError::Scheme),
            (
                "http://me:secret@push.example.org/",
                AddressError::Credentials,
            ),
            ("http://a b/", AddressError::Malformed),
            ("http://127.0.0.1:99999/meters", AddressError::Malformed),
            ("http://push.example.org:/meters", AddressError::Malformed),
            ("http://[::1]:99999/meters", AddressError::Malformed),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Address>(), Err(expected), "{text}");
        }
    }
}
