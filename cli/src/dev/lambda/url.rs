//! The URL of the emulator.

use crate::platform::Address;
use http::Uri;
use std::{fmt, net::IpAddr, str::FromStr};

/// The URL of an emulator on this machine, such as `http://127.0.0.1:9000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EmulatorUrl {
    host: String,
    port: u16,
}

/// Why a text is not such a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EmulatorUrlError {
    /// Not a URL.
    #[error("this is not a URL, such as http://127.0.0.1:9000")]
    Malformed,
    /// Another scheme, or no scheme.
    #[error("the URL must begin with http://: the emulator does not speak TLS")]
    Scheme,
    /// A user name or password.
    #[error("the URL must not contain a user name or password")]
    Credentials,
    /// The URL of another machine.
    #[error(
        "the emulator must be on this machine, at 127.0.0.1, [::1] or localhost: nothing protects it"
    )]
    NotLoopback,
    /// No port.
    #[error("the URL must have the emulator's port, as in http://127.0.0.1:9000")]
    NoPort,
    /// More than an address, such as a path or a query.
    #[error("the URL must not have a path or a query: it is only the emulator's address")]
    Path,
}

impl EmulatorUrl {
    /// The host; an IPv6 address is in brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL that invokes a function.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.
    ///
    /// # Errors
    /// The name of the function is not valid in a URL.
    pub(crate) fn invocation(&self, function: &str) -> Result<Address, EmulatorUrlError> {
        format!("{self}/2015-03-31/functions/{function}/invocations")
            .parse()
            .map_err(|_| EmulatorUrlError::Malformed)
    }
}

impl FromStr for EmulatorUrl {
    type Err = EmulatorUrlError;

    fn from_str(text: &str) -> Result<Self, EmulatorUrlError> {
        let uri: Uri = text.parse().map_err(|_| EmulatorUrlError::Malformed)?;
        if uri.scheme_str() != Some("http") {
            return Err(EmulatorUrlError::Scheme);
        }
        let authority = uri.authority().ok_or(EmulatorUrlError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(EmulatorUrlError::Credentials);
        }
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = host.eq_ignore_ascii_case("localhost")
            || address
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if !is_loopback {
            return Err(EmulatorUrlError::NotLoopback);
        }
        let port = match authority.port_u16() {
            Some(0) => return Err(EmulatorUrlError::NoPort),
            Some(port) => port,
            // The text after the host is not a port, or is a mistake.
            None if authority.as_str() != host => return Err(EmulatorUrlError::Malformed),
            None => return Err(EmulatorUrlError::NoPort),
        };
        if uri.path() != "/" || uri.query().is_some() || text.contains('#') {
            return Err(EmulatorUrlError::Path);
        }
        Ok(EmulatorUrl {
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

impl fmt::Display for EmulatorUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_taken() {
        let cases = [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
            ("http://127.8.9.1:80", "http://127.8.9.1:80"),
            ("http://[::1]:9000", "http://[::1]:9000"),
            ("http://localhost:65535/", "http://localhost:65535"),
            ("HTTP://LocalHost:1", "http://localhost:1"),
        ];
        for (text, expected) in cases {
            let url: EmulatorUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), expected, "{text}");
            assert_eq!(url.to_string().parse(), Ok(url.clone()), "{text}");
            let invocation = url.invocation("consumer").unwrap();
            assert_eq!(
                invocation.to_string(),
                format!("{expected}/2015-03-31/functions/consumer/invocations")
            );
        }
    }

    #[test]
    fn anything_else_says_why() {
        use EmulatorUrlError::*;
        let cases = [
            ("", Malformed),
            ("9000", Scheme),
            ("127.0.0.1:9000", Scheme),
            ("localhost:9000", Scheme),
            ("https://127.0.0.1:9000", Scheme),
            ("ftp://127.0.0.1:9000", Scheme),
            ("http://me:secret@127.0.0.1:9000", Credentials),
            ("http://example.org:9000", NotLoopback),
            ("http://192.168.0.1:9000", NotLoopback),
            ("http://0.0.0.0:9000", NotLoopback),
            ("http://[::]:9000", NotLoopback),
            ("http://127.0.0.1.example.org:9000", NotLoopback),
            ("http://localhost.example.org:9000", NotLoopback),
            ("http://[::ffff:10.0.0.1]:9000", NotLoopback),
            ("http://127.0.0.1", NoPort),
            ("http://127.0.0.1:0", NoPort),
            ("http://127.0.0.1:", Malformed),
            ("http://127.0.0.1:99999", Malformed),
            ("http://127.0.0.1:9000/meters", Path),
            ("http://127.0.0.1:9000//", Path),
            ("http://127.0.0.1:9000/?a=b", Path),
            ("http://127.0.0.1:9000/#here", Path),
            ("http://127.0.0.1:9000 ", Malformed),
            ("http://", Malformed),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<EmulatorUrl>(), Err(expected), "{text}");
        }
    }
}
